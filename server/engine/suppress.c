/* Owns what may be seen of a table of counts. Invariant: hiding only grows, so the search for further cells
 * ends. Must not round or change a count: a cell is shown as it is or not at all. */
#include "server/engine/suppress.h"

/* Counts above it cost the same; more than any table of schools or pupils holds in a cell. */
enum { COST_CLASS = 1 << 30 };

static const SuppressRule rules[VIEWER_COUNT] = {
    [VIEWER_UNSET] = {10, 4, 40, true, true},        [VIEWER_SCHOOL] = {0, 0, 0, false, false},
    [VIEWER_MUNICIPALITY] = {5, 0, 0, false, false}, [VIEWER_REGION] = {0, 0, 0, false, false},
    [VIEWER_PUBLIC] = {10, 4, 40, true, true},
};

const SuppressRule *suppress_rule(SuppressViewer viewer)
{
    return &rules[viewer > VIEWER_UNSET && viewer < VIEWER_COUNT ? viewer : VIEWER_UNSET];
}

/* The table and room for the search, nodes being rows 0..rows and then columns 0..columns. */
typedef struct Search {
    const SuppressRule *rule;
    SuppressTable *table;
    size_t width; /* columns + 1 */
    bool *seen;
    size_t *queue;
} Search;

static size_t cell_at(const Search *search, size_t row, size_t column)
{
    return row * search->width + column;
}

/* Cells inside, and the grand sum, flow from their row to their column; sums of lines flow back. */
static bool flows_down(const Search *search, size_t row, size_t column)
{
    return (row < search->table->rows) == (column < search->table->columns);
}

/* Whether the flow of a hidden cell may be walked from the node of its row (or else of its column): along the
 * flow it can always grow, against it it can shrink when there is some. */
static bool passable(const Search *search, size_t row, size_t column, bool from_row)
{
    size_t at = cell_at(search, row, column);

    if (!search->table->hidden[at])
        return false;
    return flows_down(search, row, column) == from_row || search->table->counts[at] > 0;
}

/* Breadth first from node to node, without the cell itself: is there another way from one end to the other?
 */
static bool connected(const Search *search, size_t from, size_t to, size_t except)
{
    size_t rows = search->table->rows + 1, nodes = rows + search->width, head = 0, tail = 0;

    for (size_t i = 0; i < nodes; i++)
        search->seen[i] = i == from;
    search->queue[tail++] = from;
    while (head < tail && !search->seen[to]) {
        size_t node = search->queue[head++];
        bool is_row = node < rows;

        for (size_t other = is_row ? rows : 0; other < (is_row ? nodes : rows); other++) {
            size_t row = is_row ? node : other, column = (is_row ? other : node) - rows;

            if (search->seen[other] || cell_at(search, row, column) == except ||
                !passable(search, row, column, is_row))
                continue;
            search->seen[other] = true;
            search->queue[tail++] = other;
        }
    }
    return search->seen[to];
}

/* Another table with the same shown cells exists in which this cell is one more, or one less. */
static bool is_uncertain(const Search *search, size_t row, size_t column)
{
    size_t end = search->table->rows + 1 + column, at = cell_at(search, row, column);
    bool down = flows_down(search, row, column);
    size_t tail = down ? row : end, head = down ? end : row;

    return connected(search, head, tail, at) ||
           (search->table->counts[at] > 0 && connected(search, tail, head, at));
}

/* ---- what is small ---- */

static void hide_row(Search *search, size_t row)
{
    for (size_t column = 0; column < search->table->columns; column++)
        search->table->hidden[cell_at(search, row, column)] = true;
}

/* Before any search: counts that are small themselves, and breakdowns of groups that are. */
static void hide_small(Search *search)
{
    const SuppressTable *table = search->table;
    const SuppressRule *rule = search->rule;

    for (size_t row = 0; row <= table->rows; row++) {
        int64_t sum = table->counts[cell_at(search, row, table->columns)];

        for (size_t column = 0; column <= table->columns; column++) {
            size_t at = cell_at(search, row, column);
            table->hidden[at] = table->counts[at] > 0 && table->counts[at] <= (int64_t)rule->count_max;
        }
        if (sum > 0 && sum < (int64_t)rule->base_min)
            hide_row(search, row);
        bool lone = row < table->rows && (table->row_owners == NULL ? sum == 1 : table->row_owners[row] == 1);
        if (rule->lone_total && lone)
            table->hidden[cell_at(search, row, table->columns)] = true;
    }
}

/* ---- further cells ---- */

/* A line: cells 0..length-1 and then its sum. */
typedef struct Line {
    size_t first, step, length;
} Line;

static Line row_line(const Search *search, size_t row)
{
    return (Line){cell_at(search, row, 0), 1, search->table->columns};
}

static Line column_line(const Search *search, size_t column)
{
    return (Line){column, search->width, search->table->rows};
}

static size_t hidden_in(const Search *search, Line line)
{
    size_t count = 0;

    for (size_t i = 0; i <= line.length; i++)
        count += search->table->hidden[line.first + i * line.step];
    return count;
}

/* What the loss of a cell costs, less is better: noughts protect least, and a cell whose other line has
 * hidden cells already closes a cycle instead of opening a new one. */
static int64_t cost_of(const Search *search, Line line, size_t at)
{
    int64_t count = search->table->counts[at];
    Line crossing =
        line.step == 1 ? column_line(search, at % search->width) : row_line(search, at / search->width);
    int64_t class = count == 0 ? 2 : hidden_in(search, crossing) == 0;

    return class * COST_CLASS + (count < COST_CLASS ? count : COST_CLASS - 1);
}

/* Hides the cell of a line that costs least; when none is left, its sum. False: nothing is left to hide. */
static bool hide_one_more(Search *search, Line line)
{
    const SuppressTable *table = search->table;
    size_t best = line.first + line.length * line.step;
    int64_t least = -1;

    for (size_t i = 0; i < line.length; i++) {
        size_t at = line.first + i * line.step;
        int64_t cost = table->hidden[at] ? -1 : cost_of(search, line, at);

        if (cost >= 0 && (least < 0 || cost < least)) {
            least = cost;
            best = at;
        }
    }
    if (table->hidden[best])
        return false;
    table->hidden[best] = true;
    return true;
}

/* The cell's row or column, whichever hides less; then the other; then anything that is still shown. */
static void protect(Search *search, size_t row, size_t column)
{
    const SuppressTable *table = search->table;
    Line lines[] = {row_line(search, row), column_line(search, column)};
    size_t first = hidden_in(search, lines[1]) < hidden_in(search, lines[0]);

    if (hide_one_more(search, lines[first]) || hide_one_more(search, lines[1 - first]))
        return;
    for (size_t at = 0; at < (table->rows + 1) * search->width; at++) {
        if (!table->hidden[at]) {
            table->hidden[at] = true;
            return;
        }
    }
}

/* A cell hidden alone follows by subtraction; and by (b) the shown sum less the shown cells must not be a
 * small count. */
static bool spread_line(Search *search, Line line)
{
    bool sum_shown = !search->table->hidden[line.first + line.length * line.step];
    int64_t together = 0;

    for (size_t i = 0; i < line.length; i++) {
        size_t at = line.first + i * line.step;
        together += search->table->hidden[at] ? search->table->counts[at] : 0;
    }
    bool small = sum_shown && together > 0 && together <= (int64_t)search->rule->count_max;
    return (small || hidden_in(search, line) == 1) && hide_one_more(search, line);
}

/* One round over all lines and cells; true when something was hidden. */
static bool hide_further(Search *search)
{
    const SuppressTable *table = search->table;
    bool more = false;

    for (size_t row = 0; row <= table->rows; row++)
        more = spread_line(search, row_line(search, row)) || more;
    for (size_t column = 0; column <= table->columns; column++)
        more = spread_line(search, column_line(search, column)) || more;
    /* what single lines ask for comes first: it often closes the cycles of others */
    for (size_t row = 0; row <= table->rows && !more; row++) {
        for (size_t column = 0; column <= table->columns && !more; column++) {
            if (!table->hidden[cell_at(search, row, column)] || is_uncertain(search, row, column))
                continue;
            /* a table of which nothing is shown gives nothing away: then every cell has a cycle */
            protect(search, row, column);
            more = true;
        }
    }
    return more;
}

ErrCode suppress_table(const SuppressRule *rule, SuppressTable *table, Arena *arena, Err *err)
{
    size_t nodes = table->rows + table->columns + 2;
    Search search = {
        .rule = rule,
        .table = table,
        .width = table->columns + 1,
        .seen = ARENA_NEW(arena, bool, nodes),
        .queue = ARENA_NEW(arena, size_t, nodes),
    };

    if (search.seen == NULL || search.queue == NULL)
        return err_memory(err);
    hide_small(&search);
    while (rule->complement && hide_further(&search))
        ;
    return ERR_OK;
}

/* ---- small rows together ---- */

/* The smallest row that still stands alone; rows: none. */
static size_t smallest_alone(const int64_t *totals, size_t rows, const size_t *group)
{
    size_t best = rows;

    for (size_t i = 0; i < rows; i++) {
        if (group[i] == 0 && (best == rows || totals[i] < totals[best]))
            best = i;
    }
    return best;
}

size_t suppress_pool(const SuppressRule *rule, const int64_t *totals, size_t rows, size_t *group)
{
    int64_t pooled = 0;
    size_t alone = 0, small = 0;

    for (size_t i = 0; i < rows; i++)
        group[i] = 0;
    /* 1 marks a row of the pool; the pool takes in larger rows until it is large enough itself */
    for (size_t next; (next = smallest_alone(totals, rows, group)) < rows;) {
        bool is_small = totals[next] < (int64_t)rule->base_min;
        if (!is_small && (small == 0 || pooled >= (int64_t)rule->base_min))
            break;
        group[next] = 1;
        pooled += totals[next];
        small++;
    }
    for (size_t i = 0; i < rows; i++)
        alone += group[i] == 0;
    for (size_t i = 0, next = 0; i < rows; i++)
        group[i] = group[i] == 1 ? alone : next++;
    return alone + (small > 0);
}

/* ---- shares ---- */

SuppressShare suppress_share(const SuppressRule *rule, int64_t count, int64_t base, uint32_t *ret_percent)
{
    int64_t rest = base - count, small = rule->count_max;

    *ret_percent = 0;
    if (base <= 0 || base < (int64_t)rule->base_min)
        return SHARE_HIDDEN;
    if (base < (int64_t)rule->band_below && 100 * count <= 5 * base)
        return SHARE_AT_MOST_5;
    if (base < (int64_t)rule->band_below && 100 * count >= 95 * base)
        return SHARE_AT_LEAST_95;
    if ((count > 0 && count <= small) || (rest > 0 && rest <= small))
        return SHARE_HIDDEN;
    *ret_percent = (uint32_t)((200 * count + base) / (2 * base));
    return SHARE_EXACT;
}
