/* Rules over a form: typed (number, truth), total, exact, three-valued, step-limited. A rule is a postfix
 * program without jumps, so that it always ends and needs no recursion; common/form/rule_parse.h makes it out
 * of text.
 *
 * A cell without a number (empty, not applicable, unknown), an overflow and a division by zero are "not
 * known". What is computed from it is not known either, except: false and x is false, true or x is true,
 * if(c, a, b) looks only at the branch taken. A rule that is not known is not broken. */
#ifndef COMMON_FORM_RULE_H
#define COMMON_FORM_RULE_H

#include "common/form/form.h"

/* op of RuleOp; the parts of RuleOp an operation uses stand behind it. Stack effect: operands -> result. */
typedef enum RuleOpCode {
    RULE_OP_NUMBER = 1, /* number / denominator            -> number */
    RULE_OP_TRUTH,      /* number 0 or 1                   -> truth */
    RULE_OP_LOAD,       /* own row: section, field         -> number */
    RULE_OP_CELL,       /* section, number = row, field    -> number */
    RULE_OP_SUM,        /* section, field over all rows    -> number */
    RULE_OP_IS_NA,      /* section, field, number = row or RULE_OWN_ROW -> truth */
    RULE_OP_IS_UNKNOWN, /* the same */
    RULE_OP_IS_EMPTY,   /* the same */
    RULE_OP_ROW_IN,     /* section; own row / 64 == field and bit (row % 64) of number -> truth */
    RULE_OP_NEGATE,     /* number -> number */
    RULE_OP_NOT,        /* truth -> truth */
    RULE_OP_KNOWN,      /* number or truth -> truth, never "not known" */
    RULE_OP_ADD,        /* number number -> number; so the next five */
    RULE_OP_SUBTRACT,
    RULE_OP_MULTIPLY,
    RULE_OP_DIVIDE,
    RULE_OP_MIN,
    RULE_OP_MAX,
    RULE_OP_LESS, /* number number -> truth; so the next five */
    RULE_OP_LESS_EQUAL,
    RULE_OP_GREATER,
    RULE_OP_GREATER_EQUAL,
    RULE_OP_EQUAL,
    RULE_OP_NOT_EQUAL,
    RULE_OP_SAME, /* truth truth -> truth; so the next three */
    RULE_OP_DIFFERENT,
    RULE_OP_AND,
    RULE_OP_OR,
    RULE_OP_IF, /* truth x x -> x, both of one type */
} RuleOpCode;

/* Limits of one program: operations, values waiting on the stack, and the steps of all rules of one check
 * together (an operation is a step, a cell summed another). Programs have no jumps, so length bounds time. */
enum { RULE_OP_COUNT = RULE_OP_IF + 1, RULE_OWN_ROW = -1 };
enum { RULE_OPS_MAX = 1024, RULE_STACK_MAX = 64, RULE_STEPS_MAX = 4000000 };

typedef enum RuleOutcome {
    RULE_NOT_KNOWN = 0, /* not broken */
    RULE_HOLDS,
    RULE_BROKEN,
    RULE_EXHAUSTED, /* the step budget ran out */
} RuleOutcome;

/* Rules come with definitions, definitions from files: neither client nor server trusts a program it did not
 * check. rule_eval may then run without any check of its own.
 * True when the program is well-formed for the form: known operations, indices in range, types and stack
 * right, one truth at the end. */
bool rule_verify(const FormDef *form, const RuleDef *rule);

/* The same figures and rule give the same outcome on every machine: integers alone, no locale, no clock.
 * Runs a verified rule for one row of its section (row is ignored when not per_row). *steps is the budget
 * left, counted down by one per operation and per cell summed. */
RuleOutcome rule_eval(const FormData *data, const RuleDef *rule, uint32_t row, uint64_t *steps);

#endif
