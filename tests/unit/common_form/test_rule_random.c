/* Owns comparing the rule language with an independent slow implementation: random rules are kept as trees,
 * printed, compiled and run, and the outcome is held against a walk over the tree. The tree walk shares
 * neither parser, program nor arithmetic with the library. Must give the same rules on every machine. */
#include "tests/unit/common_form/sample.h"

#include "common/core/buf.h"
#include "common/form/rule_parse.h"

enum { ROUNDS = 60000, DEPTH = 4, NODES_MAX = 4096 };

typedef __int128 Wide;

typedef enum Kind {
    N_CONST,
    N_FIELD, /* a field of the row at hand */
    N_CELL,  /* t.x and its neighbours */
    N_SUM,
    N_NEGATE,
    N_ADD,
    N_SUBTRACT,
    N_MULTIPLY,
    N_DIVIDE,
    N_MIN,
    N_MAX,
    N_IF,
    N_COUNT,
    T_CONST = N_COUNT,
    T_COMPARE,
    T_NOT,
    T_AND,
    T_OR,
    T_SAME,
    T_IF,
    T_KNOWN,
    T_KIND,
    T_COUNT,
} Kind;

typedef struct Node {
    Kind kind;
    int64_t number; /* hundredths of a constant, a field, a comparison, a kind of answer */
    const struct Node *parts[3];
} Node;

/* A value of the slow implementation: known, and either a truth or num / den. */
typedef struct Slow {
    bool known, truth;
    Wide num, den;
} Slow;

static Node nodes[NODES_MAX];
static size_t node_count;
static uint64_t seed;
static Arena *arena;
static FormData *data;

static unsigned draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static const Node *grow(bool truth, int depth);

static const Node *grow_kind(Kind kind, int depth)
{
    static const int parts_of[T_COUNT] = {
        [N_NEGATE] = 1, [N_ADD] = 2, [N_SUBTRACT] = 2, [N_MULTIPLY] = 2, [N_DIVIDE] = 2,
        [N_MIN] = 2,    [N_MAX] = 2, [N_IF] = 3,       [T_COMPARE] = 2,  [T_NOT] = 1,
        [T_AND] = 2,    [T_OR] = 2,  [T_SAME] = 2,     [T_IF] = 3,       [T_KNOWN] = 1,
    };
    Node *node = &nodes[node_count++];

    assert_true(node_count < NODES_MAX);
    *node = (Node){.kind = kind, .number = draw(1000)};
    for (int i = 0; i < parts_of[kind]; i++) {
        bool truth = kind == T_NOT || kind == T_AND || kind == T_OR || kind == T_SAME || kind == T_IF;
        if (kind == N_IF)
            truth = i == 0;
        node->parts[i] = grow(truth, depth - 1);
    }
    return node;
}

static const Node *grow(bool truth, int depth)
{
    if (depth > 0)
        return grow_kind((Kind)(truth ? T_CONST + (int)draw(T_COUNT - T_CONST) : (int)draw(N_COUNT)), depth);
    if (truth)
        return grow_kind(draw(2) == 0 ? T_CONST : T_KIND, 0);
    return grow_kind((Kind)draw(N_NEGATE), 0);
}

static const char *const fields[] = {"a", "b", "c", "d", "e", "s"};
static const char *const cells[] = {"t.x", "t.y", "t.z", "main[\"R.2\"].a"};
static const char *const columns[] = {"main.a", "main.c", "main.d", "t.x"};
static const char *const signs[] = {"<", "<=", ">", ">=", "==", "!="};
static const char *const kinds[] = {"is_na", "is_unknown", "is_empty"};

static void print(const Node *node, Buf *buf);

static void print_call(const char *name, const Node *node, int count, Buf *buf)
{
    buf_printf(buf, "%s(", name);
    for (int i = 0; i < count; i++) {
        buf_text(buf, i == 0 ? "" : ", ");
        print(node->parts[i], buf);
    }
    buf_char(buf, ')');
}

static void print_binary(const char *sign, const Node *node, Buf *buf)
{
    buf_char(buf, '(');
    print(node->parts[0], buf);
    buf_printf(buf, " %s ", sign);
    print(node->parts[1], buf);
    buf_char(buf, ')');
}

static void print(const Node *node, Buf *buf)
{
    static const char *const binary[T_COUNT] = {
        [N_ADD] = "+",   [N_SUBTRACT] = "-", [N_MULTIPLY] = "*", [N_DIVIDE] = "/",
        [T_AND] = "and", [T_OR] = "or",      [T_SAME] = "==",
    };

    switch (node->kind) {
    case N_CONST:
        buf_printf(buf, "%d.%02d", (int)node->number / 100, (int)node->number % 100);
        break;
    case N_FIELD:
        buf_text(buf, fields[node->number % 6]);
        break;
    case N_CELL:
        buf_text(buf, cells[node->number % 4]);
        break;
    case N_SUM:
        buf_printf(buf, "sum(%s)", columns[node->number % 4]);
        break;
    case N_NEGATE:
        buf_text(buf, "-(");
        print(node->parts[0], buf);
        buf_char(buf, ')');
        break;
    case N_MIN:
    case N_MAX:
        print_call(node->kind == N_MIN ? "min" : "max", node, 2, buf);
        break;
    case N_IF:
    case T_IF:
        print_call("if", node, 3, buf);
        break;
    case T_CONST:
        buf_text(buf, node->number % 2 == 0 ? "false" : "true");
        break;
    case T_COMPARE:
        print_binary(signs[node->number % 6], node, buf);
        break;
    case T_NOT:
        buf_text(buf, "(not ");
        print(node->parts[0], buf);
        buf_char(buf, ')');
        break;
    case T_KNOWN:
        print_call("is_known", node, 1, buf);
        break;
    case T_KIND:
        buf_printf(buf, "%s(%s)", kinds[node->number % 3], fields[node->number % 5]);
        break;
    default:
        print_binary(binary[node->kind], node, buf);
        break;
    }
}

static const Slow not_known;

static Slow truth_of(bool truth)
{
    return (Slow){.known = true, .truth = truth};
}

/* num / den in lowest terms when it fits into 63 bits. */
static Slow number_of(Wide num, Wide den)
{
    if (den == 0)
        return not_known;
    Wide a = num < 0 ? -num : num, b = den < 0 ? -den : den;
    while (b != 0) {
        Wide rest = a % b;
        a = b;
        b = rest;
    }
    num /= a;
    den /= a;
    if (den < 0) {
        num = -num;
        den = -den;
    }
    if (num > INT64_MAX || num < -INT64_MAX || den > INT64_MAX)
        return not_known;
    return (Slow){.known = true, .num = num, .den = den};
}

/* The sample's answers, told again by hand: kind and hundredths. */
typedef struct Told {
    ValueKind kind;
    int hundredths;
} Told;

static const Told told[3][6] = {
    {{VALUE_NUMBER, 300},
     {VALUE_NUMBER, 1000},
     {VALUE_NOT_APPLICABLE, 0},
     {VALUE_NUMBER, 250},
     {VALUE_NUMBER, 300},
     {VALUE_NUMBER, 3000}},
    {{VALUE_NUMBER, 500},
     {VALUE_NUMBER, 0},
     {VALUE_UNKNOWN, 0},
     {VALUE_NUMBER, -125},
     {VALUE_EMPTY, 0},
     {VALUE_EMPTY, 0}},
    {{VALUE_EMPTY, 0},
     {VALUE_EMPTY, 0},
     {VALUE_EMPTY, 0},
     {VALUE_EMPTY, 0},
     {VALUE_EMPTY, 0},
     {VALUE_EMPTY, 0}},
};
static const Told told_cells[] = {
    {VALUE_NUMBER, 700}, {VALUE_NUMBER, 1230}, {VALUE_EMPTY, 0}, {VALUE_NUMBER, 500}};
/* Column sums: a is 8, c has no figure, d is 1.25, t.x is 7. */
static const Told told_sums[] = {
    {VALUE_NUMBER, 800}, {VALUE_EMPTY, 0}, {VALUE_NUMBER, 125}, {VALUE_NUMBER, 700}};

static Slow figure(Told answer)
{
    return answer.kind == VALUE_NUMBER ? number_of(answer.hundredths, 100) : not_known;
}

static Slow arithmetic(Kind kind, Slow a, Slow b)
{
    if (!a.known || !b.known)
        return not_known;
    switch (kind) {
    case N_ADD:
        return number_of(a.num * b.den + b.num * a.den, a.den * b.den);
    case N_SUBTRACT:
        return number_of(a.num * b.den - b.num * a.den, a.den * b.den);
    case N_MULTIPLY:
        return number_of(a.num * b.num, a.den * b.den);
    case N_DIVIDE:
        return number_of(a.num * b.den, a.den * b.num);
    case N_MIN:
        return a.num * b.den <= b.num * a.den ? a : b;
    default:
        return a.num * b.den >= b.num * a.den ? a : b;
    }
}

static Slow comparison(int sign, Slow a, Slow b)
{
    if (!a.known || !b.known)
        return not_known;
    Wide left = a.num * b.den, right = b.num * a.den;
    const bool results[] = {left<right, left <= right, left> right, left >= right, left == right,
                            left != right};
    return truth_of(results[sign]);
}

static Slow logic(Kind kind, Slow a, Slow b)
{
    if (kind == T_AND) {
        if ((a.known && !a.truth) || (b.known && !b.truth))
            return truth_of(false);
        return a.known && b.known ? truth_of(true) : not_known;
    }
    if (kind == T_OR) {
        if ((a.known && a.truth) || (b.known && b.truth))
            return truth_of(true);
        return a.known && b.known ? truth_of(false) : not_known;
    }
    return a.known && b.known ? truth_of(a.truth == b.truth) : not_known;
}

static Slow walk(const Node *node, int row)
{
    static const ValueKind asked[] = {VALUE_NOT_APPLICABLE, VALUE_UNKNOWN, VALUE_EMPTY};
    Slow parts[3] = {{0}};

    for (int i = 0; i < 3 && node->parts[i] != NULL; i++)
        parts[i] = walk(node->parts[i], row);
    switch (node->kind) {
    case N_CONST:
        return number_of(node->number, 100);
    case N_FIELD:
        return figure(told[row][node->number % 6]);
    case N_CELL:
        return figure(told_cells[node->number % 4]);
    case N_SUM:
        return figure(told_sums[node->number % 4]);
    case N_NEGATE:
        return parts[0].known ? number_of(-parts[0].num, parts[0].den) : not_known;
    case N_IF:
    case T_IF:
        return !parts[0].known ? not_known : parts[0].truth ? parts[1] : parts[2];
    case T_CONST:
        return truth_of(node->number % 2 == 1);
    case T_COMPARE:
        return comparison((int)(node->number % 6), parts[0], parts[1]);
    case T_NOT:
        return parts[0].known ? truth_of(!parts[0].truth) : not_known;
    case T_KNOWN:
        return truth_of(parts[0].known);
    case T_KIND:
        return truth_of(told[row][node->number % 5].kind == asked[node->number % 3]);
    default:
        return node->kind < N_COUNT ? arithmetic(node->kind, parts[0], parts[1])
                                    : logic(node->kind, parts[0], parts[1]);
    }
}

static RuleOutcome outcome_of(Slow value)
{
    return !value.known ? RULE_NOT_KNOWN : value.truth ? RULE_HOLDS : RULE_BROKEN;
}

/* Compiles and runs the text for the three rows. */
static void compare(const Node *tree, const char *text, size_t seen[3])
{
    Arena *small = arena_new(1 << 20, NULL);
    RuleOp *ops = NULL;
    RuleDef rule = {.per_row = true};
    Err err = {0};

    if (rule_parse(&sample_form, true, 0, text, small, &ops, &rule.op_count, &err) != ERR_OK)
        fail_msg("\"%s\": %s column %s", text, err.reason, err_arg_get(&err, "column"));
    rule.ops = ops;
    for (int row = 0; row < 3; row++) {
        uint64_t steps = RULE_STEPS_MAX;
        RuleOutcome expected = outcome_of(walk(tree, row)),
                    outcome = rule_eval(data, &rule, (uint32_t)row, &steps);
        if (outcome != expected)
            fail_msg("row %d of \"%s\": %d, expected %d", row, text, (int)outcome, (int)expected);
        seen[outcome]++;
    }
    arena_free(small);
}

static void random_rules_agree(void **state)
{
    size_t seen[3] = {0};
    Buf buf;

    (void)state;
    buf_init(&buf, 1 << 16);
    seed = 847;
    for (int round = 0; round < ROUNDS; round++) {
        node_count = 0;
        const Node *tree = grow(true, 1 + round % DEPTH);
        buf_clear(&buf);
        print(tree, &buf);
        if (buf.length > RULE_TEXT_MAX)
            continue;
        compare(tree, buf.data, seen);
    }
    buf_done(&buf);
    /* Each outcome must be common, or the comparison shows little. */
    assert_true(seen[0] > ROUNDS / 10 && seen[1] > ROUNDS / 10 && seen[2] > ROUNDS / 10);
}

/* Thirty per cent at its edge, for every small class: the rule and whole numbers agree. */
static void the_thirty_per_cent_edge_is_exact(void **state)
{
    static const char source[] = "a / b >= 0.3";
    RuleOp *ops = NULL;
    RuleDef rule = {.per_row = true};
    Err err;

    (void)state;
    assert_int_equal(rule_parse(&sample_form, true, 0, source, arena, &ops, &rule.op_count, &err), ERR_OK);
    rule.ops = ops;
    for (int64_t n = 1; n <= 60; n++) {
        for (int64_t k = 0; k <= n; k++) {
            Arena *small = arena_new(1 << 20, NULL);
            FormData *figures = form_data_new(&sample_form, small);
            uint64_t steps = 100;
            sample_set(figures, "main", "R.1", "a", VALUE_NUMBER, k);
            sample_set(figures, "main", "R.1", "b", VALUE_NUMBER, n);
            RuleOutcome expected = 100 * k >= 30 * n ? RULE_HOLDS : RULE_BROKEN;
            assert_int_equal(rule_eval(figures, &rule, 0, &steps), expected);
            arena_free(small);
        }
    }
}

static int setup(void **state)
{
    (void)state;
    sample_init();
    arena = arena_new(4 << 20, NULL);
    data = sample_data(arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_rules_agree),
        cmocka_unit_test(the_thirty_per_cent_edge_is_exact),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
