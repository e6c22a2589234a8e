/* Owns the comparison of the rule engine with a second implementation, written to be different: a dense table
 * instead of sorted facts, sets as bit masks, fractions compared by continued fractions, the Wilson interval
 * inverted, ranks by counting. Random cohorts with the edge shares of methods.md 1.5 among them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/engine_case.h"
#include "tests/support/profiles.h"

enum { BATCHES = 17000, SCHOOLS = 7, UNIVERSE = 15, FIRST_YEAR = 2018, YEARS = 5, SOURCES = 3 };

/* One stated figure; absent when nothing was stated. */
typedef struct Cell {
    bool stated, held;
    int64_t n, k;
} Cell;

static Cell table[SCHOOLS][UNIVERSE][YEARS][SOURCES];
static Procedure universe[UNIVERSE];
static uint64_t seed;

static unsigned roll(unsigned sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % sides;
}

static void universe_fill(void)
{
    size_t n = 0;

    for (int grade = 5; grade <= 8; grade++) {
        universe[n++] = VPR_RUS(grade);
        universe[n++] = VPR_MATH(grade);
    }
    universe[n++] = OGE_RUS;
    universe[n++] = OGE_MATH;
    universe[n++] = EGE_RUS;
    universe[n++] = EGE_MATH_B;
    universe[n++] = EGE_MATH_P;
    universe[n++] = IN_AUTUMN(VPR_RUS(5));
    universe[n++] = IN_AUTUMN(VPR_MATH(6));
    assert_int_equal(n, UNIVERSE);
}

/* Sign of a/b - c/d for a, c >= 0 and b, d > 0, without a single product. */
static int compare_fractions(int64_t a, int64_t b, int64_t c, int64_t d)
{
    for (int sign = 1;; sign = -sign) {
        int64_t whole = a / b, other = c / d;
        if (whole != other)
            return whole > other ? sign : -sign;
        a -= whole * b;
        c -= other * d;
        if (a == 0 || c == 0)
            return a == c ? 0 : (a == 0 ? -sign : sign);
        int64_t swap = a; /* a/b against c/d is d/c against b/a */
        a = b;
        b = swap;
        swap = c;
        c = d;
        d = swap;
    }
}

/* ---- the second implementation ---- */

typedef struct Total {
    bool figures, not_held, differ, predecessor;
    int64_t n, k;
} Total;

typedef struct Answer {
    ClassStatus status;
    unsigned branches, flags;
    int low[YEARS], risk[YEARS], held[YEARS];
    int expected, absent, not_held;
    unsigned low_set[YEARS], risk_set[YEARS], counted_set[YEARS], shaky[YEARS];
    int64_t pooled_n, pooled_k;
    uint32_t rank, ranked;
} Answer;

static const Cell *best_cell(size_t school, size_t u, int y, bool *differ)
{
    const Cell *best = NULL;

    for (int source = SOURCES - 1; source >= 0; source--) {
        const Cell *cell = &table[school][u][y][source];
        if (!cell->stated)
            continue;
        if (best == NULL)
            best = cell;
        else if (best->held != cell->held || best->n != cell->n || best->k != cell->k)
            *differ = true;
    }
    return best;
}

/* The last year to which figures of `from` belong to `to`, over the best of all ways; 0: no way. */
static int reach(const EngineCase *c, uint32_t from, uint32_t to)
{
    int best = 0;

    for (size_t i = 0; i < c->input.lineage_count; i++) {
        if (c->lineage[i].predecessor != from)
            continue;
        int way = c->lineage[i].last_year;
        if (c->lineage[i].successor != to) {
            int rest = reach(c, c->lineage[i].successor, to);
            way = rest < way ? rest : way;
        }
        best = way > best ? way : best;
    }
    return best;
}

static bool names(const MethodProcedure *item, size_t u, int year)
{
    Procedure want = item->procedure, have = universe[u];

    if (want.grade == 0)
        have.grade = 0;
    if (memcmp(&want, &have, sizeof want) != 0)
        return false;
    for (size_t i = 0; i < item->year_count; i++)
        if (item->years[i] == year)
            return true;
    return item->year_count == 0;
}

static bool named(const LowRule *rule, size_t u, int year)
{
    for (size_t i = 0; i < rule->procedure_count; i++)
        if (names(&rule->procedures[i], u, year))
            return true;
    return false;
}

static Total total(const EngineCase *c, const LowRule *rule, uint32_t school, size_t u, int y)
{
    Total sum = {0};

    for (uint32_t from = 0; from < c->input.school_count; from++) {
        bool own = from == school;
        if (!own && (rule->lineage == LINEAGE_SUCCESSOR_ONLY || reach(c, from, school) < FIRST_YEAR + y))
            continue;
        const Cell *cell = best_cell(from, u, y, &sum.differ);
        if (cell == NULL)
            continue;
        if (!own && cell->held && cell->n > 0)
            sum.predecessor = true;
        if (!own && rule->lineage == LINEAGE_PREDECESSOR_DISPLAY)
            continue;
        sum.not_held |= !cell->held;
        if (cell->held && cell->n > 0) {
            sum.figures = true;
            sum.n += cell->n;
            sum.k += cell->k;
        }
    }
    return sum;
}

/* Wilson's interval holds t exactly when |p - t| <= z * sqrt(t (1 - t) / n). */
static bool undecided(int64_t k, int64_t n, Ratio share)
{
    long double t = (long double)share.num / (long double)share.den;
    long double z = 1.959963984540054L, p = (long double)k / (long double)n;

    return fabsl(p - t) <= z * sqrtl(t * (1 - t) / (long double)n);
}

static int unit_of(Procedure p, CountUnit unit, size_t u)
{
    return unit == COUNT_FAMILY           ? 100 + (int)p.family
           : unit == COUNT_FAMILY_SUBJECT ? 200 + 10 * (int)p.family + (int)p.subject
                                          : (int)u;
}

static int units_in(unsigned set, CountUnit unit)
{
    bool flags[300] = {false};
    int count = 0;

    for (size_t u = 0; u < UNIVERSE; u++)
        if ((set & 1u << u) != 0)
            flags[unit_of(universe[u], unit, u)] = true;
    for (size_t i = 0; i < 300; i++)
        count += flags[i];
    return count;
}

static void answer_figures(const EngineCase *c, const LowRule *rule, uint32_t school, Answer *a)
{
    for (size_t i = 0; i < rule->year_count; i++) {
        int y = rule->years[i] - FIRST_YEAR;
        for (size_t u = 0; u < UNIVERSE; u++) {
            if (!named(rule, u, rule->years[i]))
                continue;
            Total t = total(c, rule, school, u, y);
            a->flags |= t.differ ? FLAG_SOURCES_DIFFER : 0;
            a->flags |= t.predecessor ? FLAG_PREDECESSOR : 0;
            if (!t.figures || t.n < rule->min_participants)
                continue;
            a->counted_set[i] |= 1u << u;
            a->pooled_n += t.n;
            a->pooled_k += t.k;
            bool rank = rule->test == LOW_BOTTOM_RANK;
            if (t.n < rule->unreliable_below ||
                (!rank && t.n < rule->unreliable_ci_below && undecided(t.k, t.n, rule->share)))
                a->shaky[i] |= 1u << u;
            if (rank)
                continue;
            int order = compare_fractions(t.k, t.n, rule->share.num, rule->share.den);
            if (order >= 0)
                a->low_set[i] |= 1u << u;
            int floor = compare_fractions(t.k, t.n, rule->risk.floor.num, rule->risk.floor.den);
            if (rule->risk.on && order < 0 && floor >= (rule->risk.floor_inclusive ? 0 : 1))
                a->risk_set[i] |= 1u << u;
        }
        a->low[i] = units_in(a->low_set[i], rule->count_unit);
        a->risk[i] = units_in(a->risk_set[i], rule->count_unit);
        a->held[i] = units_in(a->counted_set[i], rule->count_unit);
    }
}

static void answer_slots(const EngineCase *c, const LowRule *rule, uint32_t school, Answer *a)
{
    for (size_t p = 0; p < rule->procedure_count; p++)
        for (size_t i = 0; i < rule->year_count; i++) {
            const MethodProcedure *item = &rule->procedures[p];
            bool due = item->year_count == 0, figures = false, not_held = false;
            for (size_t k = 0; k < item->year_count; k++)
                due = due || item->years[k] == rule->years[i];
            if (!due || c->schools[school].opened_year > rule->years[i])
                continue;
            for (size_t u = 0; u < UNIVERSE; u++) {
                if (!names(item, u, rule->years[i]))
                    continue;
                Total t = total(c, rule, school, u, rule->years[i] - FIRST_YEAR);
                figures |= t.figures;
                not_held |= t.not_held;
            }
            a->expected++;
            a->not_held += !figures && not_held;
            a->absent += !figures && !not_held;
        }
    a->flags |= a->absent > 0 ? FLAG_INCOMPLETE : 0;
}

/* Procedures on which A (by years), B any and B same rest, for the low or the risk sets. */
typedef struct Held {
    bool a, any, same;
    unsigned a_years; /* bit per year in which A holds */
    unsigned same_set;
} Held;

static Held held_of(const LowRule *rule, const unsigned *sets)
{
    Held h = {.any = rule->year_count > 1, .same_set = (1u << UNIVERSE) - 1};

    for (size_t i = 0; i < rule->year_count; i++) {
        bool looked = rule->branch_a_years == BRANCH_A_ANY_OF_PAIR || i + 1 == rule->year_count;
        if (looked && units_in(sets[i], rule->count_unit) >= rule->branch_a_k)
            h.a_years |= 1u << i;
        h.any = h.any && sets[i] != 0;
        h.same_set &= sets[i];
    }
    h.a = h.a_years != 0;
    h.same = rule->year_count > 1 && h.same_set != 0;
    return h;
}

static bool shaky_support(const LowRule *rule, const Answer *a, const unsigned *sets, Held h, bool by_a,
                          bool by_b)
{
    for (size_t i = 0; i < rule->year_count; i++) {
        if (by_a && (h.a_years & 1u << i) != 0 && (sets[i] & a->shaky[i]) != 0)
            return true;
        unsigned b_set = rule->branch_b_mode == BRANCH_B_ANY ? sets[i] : h.same_set;
        if (by_b && (b_set & a->shaky[i]) != 0)
            return true;
    }
    return false;
}

static void answer_rule(const LowRule *rule, Answer *a)
{
    Held low = held_of(rule, a->low_set), risk = held_of(rule, a->risk_set);
    bool any_mode = rule->branch_b_mode == BRANCH_B_ANY;
    bool by_a = rule->branch_a_on && low.a, by_b = rule->branch_b_on && (any_mode ? low.any : low.same);
    bool shaky = false;

    if (rule->test == LOW_BOTTOM_RANK) {
        for (size_t i = 0; i < rule->year_count; i++)
            shaky = shaky || a->shaky[i] != 0;
        a->status = (a->branches & HELD_RANK) != 0 ? STATUS_LISTED : STATUS_NOT_LISTED;
        a->flags |= a->status == STATUS_LISTED && shaky ? FLAG_UNRELIABLE : 0;
        return;
    }
    a->branches = (low.any ? HELD_B_ANY : 0u) | (low.same ? HELD_B_SAME : 0u) | (by_a ? HELD_A : 0u) |
                  (by_b ? HELD_B : 0u);
    a->status = by_a || by_b ? STATUS_LISTED : STATUS_NOT_LISTED;
    shaky = shaky_support(rule, a, a->low_set, low, by_a, by_b);
    if (!by_a && !by_b && rule->risk.on) {
        by_a = rule->branch_a_on && risk.a;
        by_b = rule->branch_b_on && (any_mode ? risk.any : risk.same);
        a->branches |= (by_a ? HELD_RISK_A : 0u) | (by_b ? HELD_RISK_B : 0u);
        a->status = by_a || by_b ? STATUS_RISK : STATUS_NOT_LISTED;
        shaky = shaky_support(rule, a, a->risk_set, risk, by_a, by_b);
    }
    a->flags |= shaky ? FLAG_UNRELIABLE : 0;
}

static bool before_rule(const EngineCase *c, const LowRule *rule, uint32_t school, Answer *a)
{
    int years_with = 0, all = 0;

    for (size_t i = 0; i < rule->year_count; i++) {
        years_with += a->counted_set[i] != 0;
        all += a->counted_set[i] != 0;
    }
    a->flags |= rule->year_count > 1 && years_with == 1 ? FLAG_ONE_YEAR_ONLY : 0;
    if (rule->exclude_kind_count > 0 && strcmp(c->schools[school].kind, "special") == 0)
        a->status = STATUS_NOT_APPLICABLE;
    else if (rule->absent_policy == ABSENT_BLOCK && a->absent > 0)
        a->status = STATUS_BLOCKED;
    else if (all == 0 && rule->absent_policy == ABSENT_NOT_LOW && a->absent > 0)
        a->status = STATUS_NOT_LISTED;
    else if (all == 0)
        a->status = STATUS_NO_DATA;
    return a->status != STATUS_UNSET;
}

static void answer_all(const EngineCase *c, const LowRule *rule, Answer *answers)
{
    bool ranked[SCHOOLS] = {false}, stopped[SCHOOLS] = {false};
    size_t n = c->input.school_count;
    uint32_t population = 0;

    for (uint32_t s = 0; s < n; s++) {
        answers[s] = (Answer){0};
        answer_figures(c, rule, s, &answers[s]);
        answer_slots(c, rule, s, &answers[s]);
        stopped[s] = before_rule(c, rule, s, &answers[s]);
        ranked[s] = !stopped[s] && rule->test == LOW_BOTTOM_RANK;
        for (size_t i = 0; i < c->input.lineage_count; i++)
            if (rule->lineage == LINEAGE_SUM && c->lineage[i].predecessor == s &&
                c->lineage[i].last_year < rule->years[rule->year_count - 1])
                ranked[s] = false;
        population += ranked[s];
    }
    for (uint32_t s = 0; s < n; s++) {
        uint32_t worse = 0;
        for (uint32_t o = 0; ranked[s] && o < n; o++)
            worse += ranked[o] && compare_fractions(answers[o].pooled_k, answers[o].pooled_n,
                                                    answers[s].pooled_k, answers[s].pooled_n) > 0;
        if (ranked[s]) {
            answers[s].rank = worse + 1;
            answers[s].ranked = population;
            if (answers[s].pooled_k > 0 &&
                compare_fractions(worse + 1, population, rule->share.num, rule->share.den) <= 0)
                answers[s].branches = HELD_RANK;
        }
        if (!stopped[s])
            answer_rule(rule, &answers[s]);
    }
}

/* ---- random profiles and cohorts ---- */

static const Ratio shares[] = {{3, 10}, {3, 10}, {6, 20}, {2997, 10000}, {1, 3}, {15, 100}, {1, 1}};
static const Ratio floors[] = {{0, 1}, {1, 10}, {14, 100}, {149, 1000}};
static const char *const excluded[] = {"special"};

static size_t random_items(MethodProcedure *items, const LowRule *rule)
{
    size_t count = 0;

    for (size_t u = 0; u < UNIVERSE; u++) {
        if (roll(10) < 4)
            continue;
        MethodProcedure *item = &items[count++];
        *item = (MethodProcedure){.procedure = universe[u]};
        if (roll(12) == 0)
            item->procedure.grade = 0;
        if (roll(6) == 0)
            item->years[item->year_count++] = rule->years[roll((unsigned)rule->year_count)];
    }
    if (count == 0)
        items[count++] = (MethodProcedure){.procedure = OGE_RUS};
    return count;
}

static void random_profile(Methodology *m, MethodProcedure *items)
{
    LowRule *rule = &m->low;

    *m = (Methodology){.code = "R", .version = 1};
    rule->on = true;
    for (int y = 0; y < YEARS; y++)
        if (rule->year_count < 3 && roll(2) == 0)
            rule->years[rule->year_count++] = FIRST_YEAR + y;
    if (rule->year_count == 0)
        rule->years[rule->year_count++] = FIRST_YEAR + 1;
    rule->share = shares[roll(7)];
    rule->test = roll(8) == 0 ? LOW_BOTTOM_RANK : LOW_GE;
    rule->count_unit = (CountUnit)(1 + roll(3));
    if (rule->test == LOW_GE) {
        rule->branch_b_on = rule->year_count > 1 && roll(4) != 0;
        rule->branch_a_on = !rule->branch_b_on || roll(4) != 0;
        rule->risk = (RiskZone){roll(2) == 0, floors[roll(4)], roll(2) == 0};
    }
    rule->branch_a_k = 1 + (int)roll(3);
    rule->branch_a_years = roll(2) == 0 ? BRANCH_A_LATEST : BRANCH_A_ANY_OF_PAIR;
    rule->branch_b_mode = roll(2) == 0 ? BRANCH_B_ANY : BRANCH_B_SAME_PROCEDURE;
    rule->min_participants = roll(4) == 0 ? 5 : 0;
    rule->absent_policy = (AbsentPolicy)(roll(6) == 0 ? 3 : 1 + roll(2));
    rule->lineage = (LineagePolicy)(1 + roll(3));
    rule->unreliable_below = 10;
    rule->unreliable_ci_below = 25;
    rule->exclude_kinds = excluded;
    rule->exclude_kind_count = roll(2);
    rule->procedures = items;
    rule->procedure_count = random_items(items, rule);
}

static Cell random_cell(Ratio share)
{
    static const int64_t sizes[] = {0, 1, 2, 3, 4, 10, 20, 24, 25, 33, 100, 10000};
    Cell cell = {.stated = true, .held = roll(12) != 0};

    if (!cell.held)
        return cell;
    cell.n = roll(2) == 0 ? sizes[roll(12)] : (int64_t)roll(40);
    if (cell.n == 0)
        return cell;
    int64_t edge = cell.n * share.num / share.den;
    switch (roll(6)) {
    case 0:
        cell.k = edge;
        break;
    case 1:
        cell.k = edge + 1 <= cell.n ? edge + 1 : edge;
        break;
    case 2:
        cell.k = cell.n == 10000 ? 2997 + (int64_t)roll(4) : cell.n * 3 / 10;
        break;
    case 3:
        cell.k = 0;
        break;
    default:
        cell.k = (int64_t)roll((unsigned)cell.n + 1) / (1 + (int64_t)roll(3));
    }
    return cell;
}

static void random_cohorts(EngineCase *c, Ratio share)
{
    static const char *const codes[SCHOOLS] = {"1", "2", "3", "4", "5", "6", "7"};

    memset(table, 0, sizeof table);
    for (uint32_t s = 0; s < SCHOOLS; s++) {
        unsigned density = roll(12), second = roll(3);
        case_school(c, codes[s]);
        c->schools[s].kind = roll(8) == 0 ? "special" : "sosh";
        c->schools[s].opened_year = roll(6) == 0 ? FIRST_YEAR + (int)roll(YEARS) : 0;
        if (s > 0 && roll(4) == 0)
            case_lineage(c, roll(s), s, FIRST_YEAR + (int)roll(YEARS));
        for (size_t u = 0; u < UNIVERSE; u++)
            for (int y = 0; y < YEARS; y++)
                for (int source = 0; source < SOURCES; source++) {
                    unsigned chance = source == 0 ? density : second == 0 ? 1 : 0;
                    if (roll(12) >= chance)
                        continue;
                    Cell cell = random_cell(share);
                    if (source > 0 && table[s][u][y][0].stated && roll(2) == 0)
                        cell = table[s][u][y][0]; /* sources that agree */
                    table[s][u][y][source] = cell;
                    ResultFact *fact = case_fact(c, s, universe[u], FIRST_YEAR + y, cell.n, cell.k);
                    fact->held = cell.held;
                    fact->source = (FactSource)(source + 1);
                }
    }
}

static void compare(const SchoolOutcome *x, const Answer *a, const LowRule *rule, int batch, size_t school)
{
    if (x->status != a->status || x->branches != a->branches || x->flags != a->flags)
        fail_msg("batch %d school %zu: status %s/%s branches %u/%u flags %u/%u", batch, school,
                 engine_status_name(x->status), engine_status_name(a->status), x->branches, a->branches,
                 x->flags, a->flags);
    assert_int_equal(x->reliable, (a->flags & FLAG_UNRELIABLE) == 0);
    assert_int_equal(x->year_count, rule->year_count);
    for (size_t i = 0; i < rule->year_count; i++) {
        assert_int_equal(x->years[i].year, rule->years[i]);
        assert_int_equal(x->years[i].low, a->low[i]);
        assert_int_equal(x->years[i].risk, a->risk[i]);
        assert_int_equal(x->years[i].held, a->held[i]);
    }
    assert_int_equal(x->expected, a->expected);
    assert_int_equal(x->absent, a->absent);
    assert_int_equal(x->not_held, a->not_held);
    assert_int_equal(x->rank, a->rank);
    assert_int_equal(x->ranked, a->ranked);
}

static void test_against_oracle(void **state)
{
    EngineCase *c = case_new();
    size_t cohorts = 0, by_status[8] = {0}, sums = 0, edges = 0, differ = 0;

    (void)state;
    seed = 20260101;
    universe_fill();
    for (int batch = 0; batch < BATCHES; batch++) {
        static MethodProcedure items[METHOD_PROCEDURES_MAX];
        Methodology m;
        Answer answers[SCHOOLS];
        case_clear(c);
        random_profile(&m, items);
        random_cohorts(c, m.low.share);
        const SchoolOutcome *outcomes = case_run(c, &m);
        answer_all(c, &m.low, answers);
        for (size_t s = 0; s < SCHOOLS; s++) {
            compare(&outcomes[s], &answers[s], &m.low, batch, s);
            by_status[outcomes[s].status]++;
            differ += (outcomes[s].flags & FLAG_SOURCES_DIFFER) != 0;
            for (size_t p = 0; p < outcomes[s].procedure_count; p++) {
                const ProcedureOutcome *o = &outcomes[s].procedures[p];
                sums += o->part_count > 1;
                edges += compare_fractions(o->below, o->participants, 3, 10) == 0 ||
                         (o->participants == 10000 && o->below == 2997);
            }
            cohorts++;
        }
    }
    case_free(c);
    print_message("%zu random cohorts agree (listed %zu, risk %zu, not listed %zu, no data %zu, blocked %zu, "
                  "not applicable %zu); %zu summed procedures, %zu at 3/10 or 2997/10000, %zu with "
                  "different sources\n",
                  cohorts, by_status[STATUS_LISTED], by_status[STATUS_RISK], by_status[STATUS_NOT_LISTED],
                  by_status[STATUS_NO_DATA], by_status[STATUS_BLOCKED], by_status[STATUS_NOT_APPLICABLE],
                  sums, edges, differ);
    assert_true(cohorts >= 100000);
    for (int status = STATUS_LISTED; status <= STATUS_NOT_APPLICABLE; status++)
        assert_true(by_status[status] > 1000);
    assert_true(sums > 1000 && edges > 10000 && differ > 1000);
}

/* The oracle's own comparison of fractions, on the edges it is trusted for. */
static void test_fractions(void **state)
{
    (void)state;
    assert_int_equal(compare_fractions(3, 10, 3, 10), 0);
    assert_int_equal(compare_fractions(6, 20, 3, 10), 0);
    assert_int_equal(compare_fractions(2997, 10000, 3, 10), -1);
    assert_int_equal(compare_fractions(3, 10, 2997, 10000), 1);
    assert_int_equal(compare_fractions(0, 7, 0, 1), 0);
    assert_int_equal(compare_fractions(1, 7, 0, 1), 1);
    assert_int_equal(compare_fractions(7, 7, 1, 1), 0);
    for (int a = 0; a < 12; a++)
        for (int b = 1; b < 12; b++)
            for (int x = 0; x < 12; x++)
                for (int y = 1; y < 12; y++)
                    assert_int_equal(compare_fractions(a, b, x, y), (a * y > x * b) - (a * y < x * b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fractions),
        cmocka_unit_test(test_against_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
