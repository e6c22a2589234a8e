/* Owns compiling rules: recursive descent straight into postfix operations. Invariant: after the first fault
 * nothing more is emitted, and recursion is at most RULE_NESTING_MAX expressions deep. Must not accept a rule
 * that rule_verify refuses. */
#include "common/form/rule_parse.h"

#include <stdio.h>
#include <string.h>

#include "common/core/text.h"
#include "common/form/rule_lex.h"

typedef enum Type { TYPE_FAULT = 0, TYPE_NUMBER, TYPE_TRUTH } Type;

typedef struct Parser {
    const FormDef *form;
    bool per_row;
    uint32_t section;
    Lexer lexer;
    Token token; /* the word at hand */
    RuleOp ops[RULE_OPS_MAX];
    size_t op_count;
    int nesting;
    Err *err;
    bool failed;
} Parser;

/* A cell named in the text; row RULE_OWN_ROW: the row at hand; is_column: a column of a section with rows. */
typedef struct Place {
    uint32_t section, field;
    int64_t row;
    bool is_column;
} Place;

static Type parse_expression(Parser *parser);

bool rule_is_name(const char *code)
{
    static const char *const reserved[] = {"and", "or", "not", "true", "false"};

    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (text_equal(code, reserved[i]))
            return false;
    }
    if (*code == '\0' || (*code >= '0' && *code <= '9'))
        return false;
    return strspn(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(code);
}

/* Reports at a word, once; always TYPE_FAULT, so that it can be returned. */
static Type fault_at(Parser *parser, const Token *token, const char *reason)
{
    if (!parser->failed) {
        parser->failed = true;
        err_set(parser->err, ERR_INVALID_ARGUMENT, reason);
        err_arg(parser->err, "line", "%d", token->line);
        err_arg(parser->err, "column", "%d", token->column);
    }
    return TYPE_FAULT;
}

static Type fault_named(Parser *parser, const Token *token, const char *reason)
{
    bool first = !parser->failed;

    fault_at(parser, token, reason);
    if (first)
        err_arg(parser->err, "name", "%.*s", (int)token->length, token->start);
    return TYPE_FAULT;
}

static Type fault_syntax(Parser *parser, const char *expected)
{
    bool first = !parser->failed;

    fault_at(parser, &parser->token, "RULE_SYNTAX");
    if (first) {
        if (parser->token.kind == TOKEN_END)
            err_arg(parser->err, "found", "end");
        else
            err_arg(parser->err, "found", "%.*s", (int)parser->token.length, parser->token.start);
        err_arg(parser->err, "expected", "%s", expected);
    }
    return TYPE_FAULT;
}

static Type fault_type(Parser *parser, const Token *token, Type expected)
{
    bool first = !parser->failed;

    fault_named(parser, token, "RULE_TYPE");
    if (first)
        err_arg(parser->err, "expected", "%s", expected == TYPE_NUMBER ? "number" : "truth");
    return TYPE_FAULT;
}

/* To the next word. */
static void advance(Parser *parser)
{
    parser->token = lexer_next(&parser->lexer);
}

/* Takes the word when it is spelled so. */
static bool accept(Parser *parser, const char *text)
{
    if (parser->failed || !token_is(&parser->token, text))
        return false;
    advance(parser);
    return true;
}

static bool expect(Parser *parser, const char *text)
{
    if (accept(parser, text))
        return true;
    fault_syntax(parser, text);
    return false;
}

/* After a fault nothing is added, so callers need not look at every step. */
static void emit(Parser *parser, RuleOp op)
{
    if (parser->failed)
        return;
    if (parser->op_count == RULE_OPS_MAX) {
        fault_at(parser, &parser->token, "RULE_TOO_LONG");
        return;
    }
    parser->ops[parser->op_count++] = op;
}

static void emit_op(Parser *parser, RuleOpCode op)
{
    emit(parser, (RuleOp){.op = (uint8_t)op});
}

static bool token_equal(const Token *token, const char *text)
{
    return strlen(text) == token->length && memcmp(text, token->start, token->length) == 0;
}

/* Keeps the known name nearest to what was typed, for the message. */
typedef struct Nearest {
    const char *name;
    unsigned distance;
} Nearest;

static void nearest_try(Nearest *nearest, const Token *token, const char *name)
{
    char typed[64];

    snprintf(typed, sizeof typed, "%.*s", (int)(token->length < 63 ? token->length : 63), token->start);
    unsigned distance = text_distance(typed, name);
    if (distance < nearest->distance)
        *nearest = (Nearest){name, distance};
}

static void fault_unknown(Parser *parser, const Token *token, const Nearest *nearest)
{
    bool first = !parser->failed;

    fault_named(parser, token, "RULE_UNKNOWN_NAME");
    if (first)
        err_arg(parser->err, "nearest", "%s", nearest->name == NULL ? "" : nearest->name);
}

/* The three searches below end in a fault that names the nearest known name. */
static bool find_section(Parser *parser, const Token *token, uint32_t *ret)
{
    Nearest nearest = {NULL, 64};

    for (uint32_t i = 0; i < parser->form->section_count; i++) {
        const char *code = parser->form->sections[i].code;
        if (token_equal(token, code)) {
            *ret = i;
            return true;
        }
        nearest_try(&nearest, token, code);
    }
    fault_unknown(parser, token, &nearest);
    return false;
}

static bool find_field(Parser *parser, uint32_t section, const Token *token, uint32_t *ret)
{
    const SectionDef *def = &parser->form->sections[section];
    Nearest nearest = {NULL, 64};

    for (uint32_t i = 0; i < def->field_count; i++) {
        if (token_equal(token, def->fields[i].code)) {
            *ret = i;
            return true;
        }
        nearest_try(&nearest, token, def->fields[i].code);
    }
    fault_unknown(parser, token, &nearest);
    return false;
}

static bool find_row(Parser *parser, uint32_t section, const Token *token, int64_t *ret)
{
    const SectionDef *def = &parser->form->sections[section];
    Nearest nearest = {NULL, 64};

    for (size_t i = 0; i < def->row_count; i++) {
        if (token_equal(token, def->rows[i].code)) {
            *ret = (int64_t)i;
            return true;
        }
        nearest_try(&nearest, token, def->rows[i].code);
    }
    fault_unknown(parser, token, &nearest);
    return false;
}

/* field | section.field | section["ROW"].field */
static bool parse_place(Parser *parser, Place *place)
{
    Token first = parser->token, name;

    *place = (Place){.row = RULE_OWN_ROW};
    if (first.kind != TOKEN_NAME) {
        fault_syntax(parser, "a field");
        return false;
    }
    advance(parser);
    bool dotted = token_is(&parser->token, "."), rowed = token_is(&parser->token, "[");
    if (!dotted && !rowed) {
        if (!parser->per_row) {
            fault_named(parser, &first, "RULE_NEEDS_ROW");
            return false;
        }
        place->section = parser->section;
        return find_field(parser, parser->section, &first, &place->field);
    }
    if (!find_section(parser, &first, &place->section))
        return false;
    const SectionDef *section = &parser->form->sections[place->section];
    if (rowed) {
        advance(parser);
        if (parser->token.kind != TOKEN_STRING) {
            fault_syntax(parser, "a row code in quotes");
            return false;
        }
        if (!find_row(parser, place->section, &parser->token, &place->row))
            return false;
        advance(parser);
        if (!expect(parser, "]") || !token_is(&parser->token, ".")) {
            fault_syntax(parser, ".");
            return false;
        }
    } else if (section->row_count == 1) {
        place->row = 0;
    } else {
        place->is_column = true;
    }
    advance(parser);
    name = parser->token;
    if (name.kind != TOKEN_NAME) {
        fault_syntax(parser, "a field");
        return false;
    }
    advance(parser);
    return find_field(parser, place->section, &name, &place->field);
}

/* A place that is one cell. */
static bool parse_cell(Parser *parser, Place *place)
{
    Token first = parser->token;

    if (!parse_place(parser, place))
        return false;
    if (place->is_column) {
        fault_named(parser, &first, "RULE_NEEDS_ROW");
        return false;
    }
    return true;
}

static void emit_load(Parser *parser, const Place *place)
{
    emit(parser, (RuleOp){.op = place->row == RULE_OWN_ROW ? RULE_OP_LOAD : RULE_OP_CELL,
                          .number = place->row == RULE_OWN_ROW ? 0 : place->row,
                          .section = place->section,
                          .field = place->field});
}

/* An expression of one type; the fault points at its first word. */
static Type parse_typed(Parser *parser, Type wanted)
{
    Token first = parser->token;
    Type type = parse_expression(parser);

    return type == TYPE_FAULT || type == wanted ? type : fault_type(parser, &first, wanted);
}

static Type parse_sum(Parser *parser)
{
    Place place;

    if (!parse_place(parser, &place))
        return TYPE_FAULT;
    emit(parser, (RuleOp){.op = RULE_OP_SUM, .section = place.section, .field = place.field});
    return TYPE_NUMBER;
}

/* min and max: two operands or more. */
static Type parse_least(Parser *parser, RuleOpCode op)
{
    if (parse_typed(parser, TYPE_NUMBER) == TYPE_FAULT)
        return TYPE_FAULT;
    if (!token_is(&parser->token, ","))
        return fault_syntax(parser, ",");
    while (accept(parser, ",")) {
        if (parse_typed(parser, TYPE_NUMBER) == TYPE_FAULT)
            return TYPE_FAULT;
        emit_op(parser, op);
    }
    return TYPE_NUMBER;
}

/* Both branches are computed and one is taken: there are no jumps. */
static Type parse_if(Parser *parser)
{
    if (parse_typed(parser, TYPE_TRUTH) == TYPE_FAULT || !expect(parser, ","))
        return TYPE_FAULT;
    Type type = parse_expression(parser);
    if (type == TYPE_FAULT || !expect(parser, ",") || parse_typed(parser, type) == TYPE_FAULT)
        return TYPE_FAULT;
    emit_op(parser, RULE_OP_IF);
    return type;
}

/* A question about the kind of answer: it needs a cell, not a value. */
static Type parse_test(Parser *parser, RuleOpCode op)
{
    Place place;

    if (!parse_cell(parser, &place))
        return TYPE_FAULT;
    emit(parser,
         (RuleOp){.op = (uint8_t)op, .number = place.row, .section = place.section, .field = place.field});
    return TYPE_TRUTH;
}

static Type parse_known(Parser *parser)
{
    if (parse_expression(parser) == TYPE_FAULT)
        return TYPE_FAULT;
    emit_op(parser, RULE_OP_KNOWN);
    return TYPE_TRUTH;
}

/* chosen(cell, "code") */
static Type parse_chosen(Parser *parser)
{
    Token first = parser->token;
    Nearest nearest = {NULL, 64};
    Place place;

    if (!parse_cell(parser, &place) || !expect(parser, ","))
        return TYPE_FAULT;
    const FieldDef *field = &parser->form->sections[place.section].fields[place.field];
    if (field->type != FIELD_CHOICE)
        return fault_named(parser, &first, "RULE_NOT_A_CHOICE");
    if (parser->token.kind != TOKEN_STRING)
        return fault_syntax(parser, "a choice code in quotes");
    for (size_t i = 0; i < field->choice_count; i++) {
        const ChoiceDef *choice = &field->choices[i];
        nearest_try(&nearest, &parser->token, choice->code);
        if (!token_equal(&parser->token, choice->code))
            continue;
        advance(parser);
        emit_load(parser, &place);
        emit(parser, (RuleOp){.op = RULE_OP_NUMBER, .number = choice->number, .denominator = 1});
        emit_op(parser, RULE_OP_EQUAL);
        return TYPE_TRUTH;
    }
    fault_unknown(parser, &parser->token, &nearest);
    return TYPE_FAULT;
}

/* row_starts("VPR."): one bit per row, in blocks of 64 rows. */
static Type parse_row_starts(Parser *parser)
{
    const SectionDef *section = &parser->form->sections[parser->section];
    Token token = parser->token;
    bool any = false;

    if (!parser->per_row)
        return fault_named(parser, &token, "RULE_NEEDS_ROW");
    if (token.kind != TOKEN_STRING)
        return fault_syntax(parser, "the beginning of a row code in quotes");
    advance(parser);
    for (size_t block = 0; block * 64 < section->row_count; block++) {
        uint64_t mask = 0;
        for (size_t row = block * 64; row < section->row_count && row < block * 64 + 64; row++) {
            const char *code = section->rows[row].code;
            if (strlen(code) >= token.length && memcmp(code, token.start, token.length) == 0)
                mask |= UINT64_C(1) << row % 64;
        }
        if (mask == 0)
            continue;
        emit(parser, (RuleOp){.op = RULE_OP_ROW_IN,
                              .number = (int64_t)mask,
                              .section = parser->section,
                              .field = (uint32_t)block});
        if (any)
            emit_op(parser, RULE_OP_OR);
        any = true;
    }
    return any ? TYPE_TRUTH : fault_named(parser, &token, "RULE_NO_SUCH_ROWS");
}

typedef enum Function {
    CALL_NONE = 0,
    CALL_SUM,
    CALL_MIN,
    CALL_MAX,
    CALL_IF,
    CALL_IS_NA,
    CALL_IS_UNKNOWN,
    CALL_IS_EMPTY,
    CALL_IS_KNOWN,
    CALL_CHOSEN,
    CALL_ROW_STARTS,
    CALL_COUNT,
} Function;

static const char *const function_names[CALL_COUNT] = {
    "", "sum", "min", "max", "if", "is_na", "is_unknown", "is_empty", "is_known", "chosen", "row_starts",
};

static Type parse_arguments(Parser *parser, Function function)
{
    switch (function) {
    case CALL_SUM:
        return parse_sum(parser);
    case CALL_MIN:
        return parse_least(parser, RULE_OP_MIN);
    case CALL_MAX:
        return parse_least(parser, RULE_OP_MAX);
    case CALL_IF:
        return parse_if(parser);
    case CALL_IS_NA:
        return parse_test(parser, RULE_OP_IS_NA);
    case CALL_IS_UNKNOWN:
        return parse_test(parser, RULE_OP_IS_UNKNOWN);
    case CALL_IS_EMPTY:
        return parse_test(parser, RULE_OP_IS_EMPTY);
    case CALL_IS_KNOWN:
        return parse_known(parser);
    case CALL_CHOSEN:
        return parse_chosen(parser);
    default:
        return parse_row_starts(parser);
    }
}

/* name "(" arguments ")"; the name is the word at hand, the parenthesis follows it. */
static Type parse_call(Parser *parser)
{
    Token name = parser->token;
    Nearest nearest = {NULL, 64};

    for (int i = 1; i < CALL_COUNT; i++) {
        nearest_try(&nearest, &name, function_names[i]);
        if (!token_is(&name, function_names[i]))
            continue;
        advance(parser);
        advance(parser);
        Type type = parse_arguments(parser, (Function)i);
        return type == TYPE_FAULT || !expect(parser, ")") ? TYPE_FAULT : type;
    }
    fault_unknown(parser, &name, &nearest);
    return TYPE_FAULT;
}

/* Written numbers are exact: "0.3" is 3/10. */
static Type parse_number(Parser *parser)
{
    char text[48];
    Ratio ratio;

    snprintf(text, sizeof text, "%.*s", (int)(parser->token.length < 47 ? parser->token.length : 47),
             parser->token.start);
    if (parser->token.length >= sizeof text || !ratio_parse(text, &ratio))
        return fault_named(parser, &parser->token, "RULE_NUMBER_TOO_LONG");
    advance(parser);
    emit(parser, (RuleOp){.op = RULE_OP_NUMBER, .number = ratio.num, .denominator = ratio.den});
    return TYPE_NUMBER;
}

/* A name before "(" is a function, so fields may be called sum or min. */
static Type parse_primary(Parser *parser)
{
    Place place;

    if (parser->token.kind == TOKEN_NUMBER)
        return parse_number(parser);
    if (accept(parser, "(")) {
        Type type = parse_expression(parser);
        return type == TYPE_FAULT || !expect(parser, ")") ? TYPE_FAULT : type;
    }
    if (token_is(&parser->token, "true") || token_is(&parser->token, "false")) {
        emit(parser, (RuleOp){.op = RULE_OP_TRUTH, .number = token_is(&parser->token, "true")});
        advance(parser);
        return TYPE_TRUTH;
    }
    if (parser->token.kind != TOKEN_NAME || token_is(&parser->token, "and") ||
        token_is(&parser->token, "or") || token_is(&parser->token, "not"))
        return fault_syntax(parser, "a number, a field or \"(\"");
    Lexer ahead = parser->lexer;
    Token next = lexer_next(&ahead);
    if (token_is(&next, "("))
        return parse_call(parser);
    if (!parse_cell(parser, &place))
        return TYPE_FAULT;
    emit_load(parser, &place);
    return TYPE_NUMBER;
}

/* Signs are counted, not recursed into: a line of them must not cost stack. */
static Type parse_unary(Parser *parser)
{
    size_t count = 0;

    while (accept(parser, "-"))
        count++;
    Token first = parser->token;
    Type type = parse_primary(parser);
    if (count == 0 || type == TYPE_FAULT)
        return type;
    if (type != TYPE_NUMBER)
        return fault_type(parser, &first, TYPE_NUMBER);
    if (count % 2 == 1)
        emit_op(parser, RULE_OP_NEGATE);
    return type;
}

/* One level of left-associative binary operations on numbers. */
typedef struct Binary {
    const char *symbol;
    RuleOpCode op;
} Binary;

typedef Type (*ParseLevel)(Parser *parser);

static const Binary *match(const Parser *parser, const Binary *table)
{
    for (; table->symbol != NULL; table++) {
        if (token_is(&parser->token, table->symbol))
            return table;
    }
    return NULL;
}

static Type parse_binary(Parser *parser, const Binary *table, ParseLevel below, Type operand)
{
    Token first = parser->token;
    Type type = below(parser);

    for (const Binary *row; type != TYPE_FAULT && (row = match(parser, table)) != NULL;) {
        if (type != operand)
            return fault_type(parser, &first, operand);
        advance(parser);
        first = parser->token;
        type = below(parser);
        if (type != TYPE_FAULT && type != operand)
            return fault_type(parser, &first, operand);
        emit_op(parser, row->op);
    }
    return type;
}

/* The levels of the grammar, from the tightest binding to the loosest. */
static Type parse_product(Parser *parser)
{
    static const Binary table[] = {{"*", RULE_OP_MULTIPLY}, {"/", RULE_OP_DIVIDE}, {NULL, RULE_OP_NUMBER}};

    return parse_binary(parser, table, parse_unary, TYPE_NUMBER);
}

static Type parse_total(Parser *parser)
{
    static const Binary table[] = {{"+", RULE_OP_ADD}, {"-", RULE_OP_SUBTRACT}, {NULL, RULE_OP_NUMBER}};

    return parse_binary(parser, table, parse_product, TYPE_NUMBER);
}

/* One comparison at most: a < b < c would compare a truth with a number. */
static Type parse_comparison(Parser *parser)
{
    static const Binary table[] = {
        {"<", RULE_OP_LESS},           {"<=", RULE_OP_LESS_EQUAL}, {">", RULE_OP_GREATER},
        {">=", RULE_OP_GREATER_EQUAL}, {"==", RULE_OP_EQUAL},      {"!=", RULE_OP_NOT_EQUAL},
        {NULL, RULE_OP_NUMBER},
    };
    Token first = parser->token;
    Type type = parse_total(parser);
    const Binary *row = type == TYPE_FAULT ? NULL : match(parser, table);

    if (row == NULL)
        return type;
    bool equality = row->op == RULE_OP_EQUAL || row->op == RULE_OP_NOT_EQUAL;
    if (type == TYPE_TRUTH && !equality)
        return fault_type(parser, &first, TYPE_NUMBER);
    advance(parser);
    first = parser->token;
    Type right = parse_total(parser);
    if (right == TYPE_FAULT)
        return TYPE_FAULT;
    if (right != type)
        return fault_type(parser, &first, type);
    if (type == TYPE_NUMBER)
        emit_op(parser, row->op);
    else
        emit_op(parser, row->op == RULE_OP_EQUAL ? RULE_OP_SAME : RULE_OP_DIFFERENT);
    if (match(parser, table) != NULL)
        return fault_syntax(parser, "and, or (comparisons do not chain)");
    return TYPE_TRUTH;
}

static Type parse_not(Parser *parser)
{
    size_t count = 0;

    while (accept(parser, "not"))
        count++;
    Token first = parser->token;
    Type type = parse_comparison(parser);
    if (count == 0 || type == TYPE_FAULT)
        return type;
    if (type != TYPE_TRUTH)
        return fault_type(parser, &first, TYPE_TRUTH);
    if (count % 2 == 1)
        emit_op(parser, RULE_OP_NOT);
    return type;
}

static Type parse_and(Parser *parser)
{
    static const Binary table[] = {{"and", RULE_OP_AND}, {NULL, RULE_OP_NUMBER}};

    return parse_binary(parser, table, parse_not, TYPE_TRUTH);
}

static Type parse_expression(Parser *parser)
{
    static const Binary table[] = {{"or", RULE_OP_OR}, {NULL, RULE_OP_NUMBER}};

    if (parser->nesting == RULE_NESTING_MAX)
        return fault_at(parser, &parser->token, "RULE_TOO_DEEP");
    parser->nesting++;
    Type type = parse_binary(parser, table, parse_and, TYPE_TRUTH);
    parser->nesting--;
    return parser->failed ? TYPE_FAULT : type;
}

ErrCode rule_parse(const FormDef *form, bool per_row, uint32_t section, const char *source, Arena *arena,
                   RuleOp **ret_ops, size_t *ret_count, Err *err)
{
    Parser *parser = ARENA_NEW(arena, Parser, 1);

    if (parser == NULL)
        return err_memory(err);
    parser->form = form;
    parser->per_row = per_row;
    parser->section = section;
    parser->err = err;
    lexer_init(&parser->lexer, source);
    advance(parser);
    Token first = parser->token;
    if (strlen(source) > RULE_TEXT_MAX) {
        fault_at(parser, &first, "RULE_TOO_LONG");
        return err->code;
    }
    Type type = parse_expression(parser);
    if (!parser->failed && parser->token.kind != TOKEN_END)
        fault_syntax(parser, "end");
    if (type == TYPE_NUMBER)
        fault_type(parser, &first, TYPE_TRUTH);
    RuleDef rule = {.per_row = per_row, .section = section, .ops = parser->ops, .op_count = parser->op_count};
    if (!parser->failed && !rule_verify(form, &rule))
        fault_at(parser, &first, "RULE_TOO_DEEP");
    if (parser->failed)
        return err->code;
    RuleOp *ops = ARENA_NEW(arena, RuleOp, parser->op_count);
    if (ops == NULL)
        return err_memory(err);
    memcpy(ops, parser->ops, parser->op_count * sizeof *ops);
    *ret_ops = ops;
    *ret_count = parser->op_count;
    return ERR_OK;
}
