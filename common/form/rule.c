/* Owns checking and running compiled rules. Invariant: rule_eval touches no stack slot or cell that
 * rule_verify did not prove to exist. Must not allocate, recurse or use floating point. */
#include "common/form/rule.h"

#include "common/core/ratio.h"

/* ANY: either type, as KNOWN and IF take. */
typedef enum Type { TYPE_NONE = 0, TYPE_NUMBER, TYPE_TRUTH, TYPE_ANY } Type;

/* What every operation pops and pushes; indexed by RuleOpCode. */
typedef struct OpShape {
    uint8_t pops;
    Type takes, gives;
} OpShape;

static const OpShape shapes[RULE_OP_COUNT] = {
    [RULE_OP_NUMBER] = {0, TYPE_NONE, TYPE_NUMBER},
    [RULE_OP_TRUTH] = {0, TYPE_NONE, TYPE_TRUTH},
    [RULE_OP_LOAD] = {0, TYPE_NONE, TYPE_NUMBER},
    [RULE_OP_CELL] = {0, TYPE_NONE, TYPE_NUMBER},
    [RULE_OP_SUM] = {0, TYPE_NONE, TYPE_NUMBER},
    [RULE_OP_IS_NA] = {0, TYPE_NONE, TYPE_TRUTH},
    [RULE_OP_IS_UNKNOWN] = {0, TYPE_NONE, TYPE_TRUTH},
    [RULE_OP_IS_EMPTY] = {0, TYPE_NONE, TYPE_TRUTH},
    [RULE_OP_ROW_IN] = {0, TYPE_NONE, TYPE_TRUTH},
    [RULE_OP_NEGATE] = {1, TYPE_NUMBER, TYPE_NUMBER},
    [RULE_OP_NOT] = {1, TYPE_TRUTH, TYPE_TRUTH},
    [RULE_OP_KNOWN] = {1, TYPE_ANY, TYPE_TRUTH},
    [RULE_OP_ADD] = {2, TYPE_NUMBER, TYPE_NUMBER},
    [RULE_OP_SUBTRACT] = {2, TYPE_NUMBER, TYPE_NUMBER},
    [RULE_OP_MULTIPLY] = {2, TYPE_NUMBER, TYPE_NUMBER},
    [RULE_OP_DIVIDE] = {2, TYPE_NUMBER, TYPE_NUMBER},
    [RULE_OP_MIN] = {2, TYPE_NUMBER, TYPE_NUMBER},
    [RULE_OP_MAX] = {2, TYPE_NUMBER, TYPE_NUMBER},
    [RULE_OP_LESS] = {2, TYPE_NUMBER, TYPE_TRUTH},
    [RULE_OP_LESS_EQUAL] = {2, TYPE_NUMBER, TYPE_TRUTH},
    [RULE_OP_GREATER] = {2, TYPE_NUMBER, TYPE_TRUTH},
    [RULE_OP_GREATER_EQUAL] = {2, TYPE_NUMBER, TYPE_TRUTH},
    [RULE_OP_EQUAL] = {2, TYPE_NUMBER, TYPE_TRUTH},
    [RULE_OP_NOT_EQUAL] = {2, TYPE_NUMBER, TYPE_TRUTH},
    [RULE_OP_SAME] = {2, TYPE_TRUTH, TYPE_TRUTH},
    [RULE_OP_DIFFERENT] = {2, TYPE_TRUTH, TYPE_TRUTH},
    [RULE_OP_AND] = {2, TYPE_TRUTH, TYPE_TRUTH},
    [RULE_OP_OR] = {2, TYPE_TRUTH, TYPE_TRUTH},
    [RULE_OP_IF] = {3, TYPE_ANY, TYPE_ANY},
};

static bool cell_exists(const FormDef *form, const RuleOp *op)
{
    return op->section < form->section_count && op->field < form->sections[op->section].field_count;
}

/* The operands written into the instruction itself. */
static bool operands_fit(const FormDef *form, const RuleDef *rule, const RuleOp *op)
{
    bool own = rule->per_row && op->section == rule->section;

    switch (op->op) {
    case RULE_OP_NUMBER:
        return op->denominator > 0 && op->number != INT64_MIN;
    case RULE_OP_TRUTH:
        return op->number == 0 || op->number == 1;
    case RULE_OP_LOAD:
        return own && cell_exists(form, op);
    case RULE_OP_SUM:
        return cell_exists(form, op);
    case RULE_OP_ROW_IN:
        return own;
    case RULE_OP_CELL:
    case RULE_OP_IS_NA:
    case RULE_OP_IS_UNKNOWN:
    case RULE_OP_IS_EMPTY:
        if (!cell_exists(form, op))
            return false;
        if (op->number == RULE_OWN_ROW)
            return own && op->op != RULE_OP_CELL;
        return op->number >= 0 && (uint64_t)op->number < form->sections[op->section].row_count;
    default:
        return true;
    }
}

/* Follows the types of the stack instead of values; a program has no jumps, so one pass sees all of it. */
bool rule_verify(const FormDef *form, const RuleDef *rule)
{
    Type stack[RULE_STACK_MAX];
    size_t depth = 0;

    if (rule->op_count > RULE_OPS_MAX || rule->section >= form->section_count)
        return false;
    for (size_t i = 0; i < rule->op_count; i++) {
        const RuleOp *op = &rule->ops[i];
        if (op->op == 0 || op->op >= RULE_OP_COUNT || !operands_fit(form, rule, op))
            return false;
        const OpShape *shape = &shapes[op->op];
        if (depth < shape->pops)
            return false;
        Type gives = shape->gives;
        for (size_t j = depth - shape->pops; j < depth; j++) {
            if (shape->takes != TYPE_ANY && stack[j] != shape->takes)
                return false;
        }
        if (op->op == RULE_OP_IF) {
            if (stack[depth - 3] != TYPE_TRUTH || stack[depth - 2] != stack[depth - 1])
                return false;
            gives = stack[depth - 1];
        }
        depth -= shape->pops;
        if (depth == RULE_STACK_MAX)
            return false;
        stack[depth++] = gives;
    }
    return depth == 1 && stack[0] == TYPE_TRUTH;
}

/* A number or a truth on the stack; types are not stored, rule_verify has proved them. */
typedef struct Item {
    bool known;
    bool truth;
    Ratio number;
} Item;

/* A truth that is known. */
static Item truth_item(bool truth)
{
    return (Item){.known = true, .truth = truth};
}

/* The figure in a cell, as a number in its own unit; a share as per cent. */
static Item cell_item(const FormData *data, uint32_t section, uint32_t row, uint32_t field)
{
    const SectionDef *def = &form_data_get_form(data)->sections[section];
    const FieldDef *field_def = &def->fields[field];
    Item item = {0};

    if (field_def->type == FIELD_SHARE) {
        item.known = form_share_get(data, section, row, field, &item.number);
        return item;
    }
    Value value = form_data_get(data, section, row, field);
    int64_t scale = 1;
    for (uint8_t i = 0; i < field_def->scale; i++)
        scale *= 10;
    item.known = value.kind == VALUE_NUMBER && ratio_make(value.number, scale, &item.number);
    return item;
}

/* Sum of a column. "Not applicable" adds nothing, nor does a row left out where rows are optional; an unknown
 * or missing figure makes the sum unknown, and so does a column without any figure. */
static Item sum_item(const FormData *data, uint32_t section, uint32_t field, uint64_t *steps)
{
    const SectionDef *def = &form_data_get_form(data)->sections[section];
    Item sum = {.number = ratio_int(0)};

    if (*steps < def->row_count) {
        *steps = 0;
        return sum;
    }
    *steps -= def->row_count;
    for (uint32_t row = 0; row < def->row_count; row++) {
        Value value = form_data_get(data, section, row, field);
        if (value.kind == VALUE_NOT_APPLICABLE ||
            (def->rows_optional && form_data_row_empty(data, section, row)))
            continue;
        Item item = cell_item(data, section, row, field);
        if (!item.known || !ratio_add(sum.number, item.number, &sum.number))
            return (Item){0};
        sum.known = true;
    }
    return sum;
}

/* The operations without operands: constants, cells, sums and questions about cells. */
static Item push_item(const FormData *data, const RuleOp *op, uint32_t own_row, uint64_t *steps)
{
    uint32_t row = op->number < 0 ? own_row : (uint32_t)op->number;

    switch (op->op) {
    case RULE_OP_NUMBER: {
        Item item = {0};
        item.known = ratio_make(op->number, op->denominator, &item.number);
        return item;
    }
    case RULE_OP_TRUTH:
        return truth_item(op->number == 1);
    case RULE_OP_LOAD:
        return cell_item(data, op->section, own_row, op->field);
    case RULE_OP_CELL:
        return cell_item(data, op->section, row, op->field);
    case RULE_OP_SUM:
        return sum_item(data, op->section, op->field, steps);
    case RULE_OP_ROW_IN:
        return truth_item(own_row / 64 == op->field && ((uint64_t)op->number >> own_row % 64 & 1) == 1);
    default:
        break;
    }
    ValueKind kind = form_data_get(data, op->section, row, op->field).kind;
    return truth_item(kind == (op->op == RULE_OP_IS_NA        ? VALUE_NOT_APPLICABLE
                               : op->op == RULE_OP_IS_UNKNOWN ? VALUE_UNKNOWN
                                                              : VALUE_EMPTY));
}

/* The ratio functions say no to overflow and to division by zero: then the result is not known. */
static Item number_op(uint8_t op, Item a, Item b)
{
    Item item = {0};

    if (!a.known || !b.known)
        return item;
    switch (op) {
    case RULE_OP_ADD:
        item.known = ratio_add(a.number, b.number, &item.number);
        break;
    case RULE_OP_SUBTRACT:
        item.known = ratio_sub(a.number, b.number, &item.number);
        break;
    case RULE_OP_MULTIPLY:
        item.known = ratio_mul(a.number, b.number, &item.number);
        break;
    case RULE_OP_DIVIDE:
        item.known = ratio_div(a.number, b.number, &item.number);
        break;
    case RULE_OP_MIN:
        return ratio_compare(a.number, b.number) <= 0 ? a : b;
    default: /* RULE_OP_MAX */
        return ratio_compare(a.number, b.number) >= 0 ? a : b;
    }
    return item;
}

static Item compare_op(uint8_t op, Item a, Item b)
{
    if (!a.known || !b.known)
        return (Item){0};
    int order = ratio_compare(a.number, b.number);
    switch (op) {
    case RULE_OP_LESS:
        return truth_item(order < 0);
    case RULE_OP_LESS_EQUAL:
        return truth_item(order <= 0);
    case RULE_OP_GREATER:
        return truth_item(order > 0);
    case RULE_OP_GREATER_EQUAL:
        return truth_item(order >= 0);
    case RULE_OP_EQUAL:
        return truth_item(order == 0);
    default: /* RULE_OP_NOT_EQUAL */
        return truth_item(order != 0);
    }
}

/* Kleene's logic: one side can settle "and" and "or" while the other is not known. */
static Item truth_op(uint8_t op, Item a, Item b)
{
    bool decides = op == RULE_OP_OR; /* the value that settles "or" and, negated, "and" */

    if (op == RULE_OP_AND || op == RULE_OP_OR) {
        if ((a.known && a.truth == decides) || (b.known && b.truth == decides))
            return truth_item(decides);
        return a.known && b.known ? truth_item(!decides) : (Item){0};
    }
    if (!a.known || !b.known)
        return (Item){0};
    return truth_item((a.truth == b.truth) == (op == RULE_OP_SAME));
}

/* The operations with operands. */
static Item combine(uint8_t op, const Item *operands)
{
    Item first = operands[0];

    switch (op) {
    case RULE_OP_NEGATE:
        first.number.num = -first.number.num;
        return first;
    case RULE_OP_NOT:
        first.truth = !first.truth;
        return first;
    case RULE_OP_KNOWN:
        return truth_item(first.known);
    case RULE_OP_IF:
        if (!first.known)
            return (Item){0};
        return first.truth ? operands[1] : operands[2];
    default:
        break;
    }
    if (op <= RULE_OP_MAX)
        return number_op(op, first, operands[1]);
    if (op <= RULE_OP_NOT_EQUAL)
        return compare_op(op, first, operands[1]);
    return truth_op(op, first, operands[1]);
}

/* rule_verify has proved the depth of the stack and every index; only the budget is looked at here. */
RuleOutcome rule_eval(const FormData *data, const RuleDef *rule, uint32_t row, uint64_t *steps)
{
    Item stack[RULE_STACK_MAX];
    size_t depth = 0;

    for (size_t i = 0; i < rule->op_count; i++) {
        const RuleOp *op = &rule->ops[i];
        size_t pops = shapes[op->op].pops;
        if (*steps == 0)
            return RULE_EXHAUSTED;
        *steps -= 1;
        Item item = pops == 0 ? push_item(data, op, row, steps) : combine(op->op, &stack[depth - pops]);
        depth -= pops;
        stack[depth++] = item;
    }
    if (*steps == 0)
        return RULE_EXHAUSTED;
    if (!stack[0].known)
        return RULE_NOT_KNOWN;
    return stack[0].truth ? RULE_HOLDS : RULE_BROKEN;
}
