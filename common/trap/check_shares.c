/* Owns the findings about counts with printed shares: what base they were taken of, and whether it is the one
 * the heading names (T-35..T-39), and the same of sentences (T-45, T-48). Invariant: a base is proposed only
 * when some whole number of persons gives the printed share. Must not look at single schools by name. */
#include "common/core/text.h"
#include "common/trap/check.h"
#include "common/trap/share.h"

/* A row of a printed table and the teachers of one school; more would only cost time. */
enum { CELLS_MAX = 24, BASE_MOST = 2000 };

/* One row of a table of shares: its cells with a count above zero. */
typedef struct ShareRow {
    const SourceCell *cells[CELLS_MAX];
    CountShare shares[CELLS_MAX];
    size_t count;
    size_t bare;      /* cells with a count but no share */
    const char *raw;  /* all of them, as printed */
    int64_t heads;    /* of the school, 0: not known */
    int64_t header;   /* the base its heading names, 0: not known */
    int64_t base;     /* that fits most cells, 0: none fits any */
    size_t fits, cut; /* cells that the base gives; those of them only by cutting digits off */
} ShareRow;

/* Reads the row [at, end); zero counts say nothing of a base. */
static void row_read(SourceCheck *check, size_t at, size_t end, ShareRow *row)
{
    *row = (ShareRow){.raw = ""};
    for (size_t i = at; i < end && row->count < CELLS_MAX; i++) {
        CountShare share;
        if (!check_share(&check->cells[i], &share) || !share.has_count || share.count == 0)
            continue;
        row->raw =
            trap_text(&check->list, "%s%s%s", row->raw, *row->raw == '\0' ? "" : "; ", check->cells[i].raw);
        if (!share.has_percent || share.percent == 0) {
            row->bare++;
            continue;
        }
        row->cells[row->count] = &check->cells[i];
        row->shares[row->count++] = share;
    }
}

/* Heads of the school, and those the heading says the shares are taken of. */
static void row_bases(SourceCheck *check, const SourceCell *first, ShareRow *row)
{
    const SourceCell *heads = check_find(check, SOURCE_HEADS, first->row),
                     *high = check_find(check, SOURCE_HIGH, first->row);
    CountShare share;
    bool attested = false;

    if (heads == NULL || !check_number(heads, &row->heads))
        return;
    for (size_t i = check->from[SOURCE_BASE]; i < check->from[SOURCE_BASE + 1]; i++)
        attested = attested || (text_equal(check->cells[i].table, first->table) &&
                                text_equal(check->cells[i].raw, "attested"));
    row->header = row->heads;
    if (attested && high != NULL && check_share(high, &share) && share.has_percent)
        row->header = (row->heads * share.percent + 5000) / 10000;
}

/* How many cells the base gives, and how many of them only by cutting. */
static void base_try(const ShareRow *row, int64_t base, size_t *ret_fits, size_t *ret_cut)
{
    *ret_fits = *ret_cut = 0;
    for (size_t i = 0; i < row->count; i++) {
        ShareFit fit = share_fit(row->shares[i].count, base, row->shares[i].percent, row->shares[i].digits);
        *ret_fits += fit != SHARE_NOT;
        *ret_cut += fit == SHARE_CUT;
    }
}

/* Whether (fits, cut) of a base is better than what the row has; of equals the named base wins, then all
 * heads, then the smaller. */
static bool base_better(const ShareRow *row, int64_t base, size_t fits, size_t cut)
{
    if (fits != row->fits)
        return fits > row->fits;
    if (fits == 0 || cut != row->cut)
        return fits > 0 && cut < row->cut;
    if (row->base == row->header)
        return false;
    return base == row->header || (base == row->heads && row->base != row->heads);
}

/* The base that gives most of the row's shares. Only bases some cell allows are tried. */
static void row_base(ShareRow *row)
{
    for (size_t i = 0; i < row->count; i++) {
        int64_t step = row->shares[i].digits == 0 ? 100 : row->shares[i].digits == 1 ? 10 : 1;
        int64_t from = row->shares[i].count * 10000 / (row->shares[i].percent + step),
                to = row->shares[i].percent > step
                         ? row->shares[i].count * 10000 / (row->shares[i].percent - step) + 1
                         : row->shares[i].count * 200;
        for (int64_t base = from > 1 ? from : 1; base <= to && base <= BASE_MOST; base++) {
            size_t fits, cut;
            base_try(row, base, &fits, &cut);
            if (!base_better(row, base, fits, cut))
                continue;
            row->base = base;
            row->fits = fits;
            row->cut = cut;
        }
    }
}

/* The base a single share was taken of, the smallest; 0: no whole number of persons gives it. */
static int64_t base_alone(const CountShare *share)
{
    ShareRow one = {.shares = {*share}, .count = 1};

    row_base(&one);
    return one.base;
}

/* The common base and those of the cells it does not give, joined: "16,18". */
static const char *bases_text(SourceCheck *check, const ShareRow *row, bool *ret_mixed)
{
    const char *text = trap_text(&check->list, "%lld", (long long)row->base);

    *ret_mixed = false;
    for (size_t i = 0; i < row->count; i++) {
        const CountShare *share = &row->shares[i];
        if (share_fit(share->count, row->base, share->percent, share->digits) != SHARE_NOT)
            continue;
        int64_t base = base_alone(share);
        if (base == 0)
            continue;
        *ret_mixed = true;
        text = trap_join(&check->list, text, trap_text(&check->list, "%lld", (long long)base));
    }
    return text;
}

/* T-36: 13 of 31 is 41.9 %, but 41,4 is printed and no number of persons gives it. */
static void report_impossible(SourceCheck *check, const ShareRow *row)
{
    for (size_t i = 0; i < row->count; i++) {
        const CountShare *share = &row->shares[i];
        if (share_fit(share->count, row->base, share->percent, share->digits) != SHARE_NOT ||
            base_alone(share) != 0)
            continue;
        int64_t tenths = (share->count * 2000 + row->base) / (2 * row->base);
        TrapIssue *issue = trap_add(&check->list, "SHARE_NO_BASE", TRAP_WARNING, row->cells[i]->row,
                                    row->cells[i]->table, "", row->cells[i]->column);
        issue->raw = row->cells[i]->raw;
        issue->proposal = trap_text(&check->list, "%lld/%lld.%lld %%", (long long)share->count,
                                    (long long)(tenths / 10), (long long)(tenths % 10));
        trap_arg(&check->list, issue, "count", "%lld", (long long)share->count);
        trap_arg(&check->list, issue, "base", "%lld", (long long)row->base);
        trap_arg(&check->list, issue, "exact", "%lld.%lld", (long long)(tenths / 10),
                 (long long)(tenths % 10));
        trap_arg(&check->list, issue, "value", "%s", row->cells[i]->raw);
    }
}

/* T-36: more persons than the named base has would be over 100 %, so that reading of the heading is refuted.
 */
static void report_over(SourceCheck *check, const ShareRow *row)
{
    for (size_t i = 0; i < row->count; i++) {
        if (row->header == 0 || row->shares[i].count <= row->header)
            continue;
        TrapIssue *issue = trap_add(&check->list, "SHARE_OVER_WHOLE", TRAP_WARNING, row->cells[i]->row,
                                    row->cells[i]->table, "", row->cells[i]->column);
        issue->raw = row->cells[i]->raw;
        trap_arg(&check->list, issue, "count", "%lld", (long long)row->shares[i].count);
        trap_arg(&check->list, issue, "header", "%lld", (long long)row->header);
        return; /* one cell refutes it for the row */
    }
}

/* T-37: one count with two shares in one row. */
static void report_same_count(SourceCheck *check, const ShareRow *row)
{
    for (size_t i = 0; i < row->count; i++)
        for (size_t k = i + 1; k < row->count; k++) {
            const CountShare *a = &row->shares[i], *b = &row->shares[k];
            int64_t apart = a->percent > b->percent ? a->percent - b->percent : b->percent - a->percent;
            if (a->count != b->count || apart < 100)
                continue;
            TrapIssue *issue = trap_add(&check->list, "SHARE_SAME_COUNT", TRAP_ERROR, row->cells[i]->row,
                                        row->cells[i]->table, "", row->cells[k]->column);
            issue->raw = row->cells[k]->raw;
            trap_arg(&check->list, issue, "first", "%s", row->cells[i]->raw);
            trap_arg(&check->list, issue, "second", "%s", row->cells[k]->raw);
            return;
        }
}

/* T-35: the base found against the base named. */
static void report_base(SourceCheck *check, const ShareRow *row)
{
    const SourceCell *first = row->cells[0];
    bool mixed;
    const char *bases = bases_text(check, row, &mixed);
    TrapIssue *issue;

    if (mixed) {
        issue = trap_add(&check->list, "SHARE_BASES_MIXED", TRAP_ERROR, first->row, first->table, "", "");
        issue->raw = row->raw;
        trap_arg(&check->list, issue, "bases", "%s", bases);
    } else if (row->header != 0 && row->base != row->header) {
        issue = trap_add(&check->list, "SHARE_BASE_OTHER", TRAP_ERROR, first->row, first->table, "", "");
        issue->raw = row->raw;
        issue->proposal = bases;
        trap_arg(&check->list, issue, "base", "%s", bases);
        trap_arg(&check->list, issue, "header", "%lld", (long long)row->header);
        trap_arg(&check->list, issue, "heads", "%lld", (long long)row->heads);
    }
    if (!mixed && row->cut > 0) {
        issue = trap_add(&check->list, "SHARE_CUT", TRAP_WARNING, first->row, first->table, "", "");
        issue->raw = row->raw;
        trap_arg(&check->list, issue, "base", "%s", bases);
        trap_arg(&check->list, issue, "count", "%zu", row->cut);
    }
}

/* T-38: counts without the share the table gives elsewhere. */
static void report_bare(SourceCheck *check, const SourceCell *first, const ShareRow *row)
{
    if (row->bare == 0)
        return;
    TrapIssue *issue =
        trap_add(&check->list, "SHARE_PARTIAL", TRAP_WARNING, first->row, first->table, "", "");
    issue->raw = row->raw;
    trap_arg(&check->list, issue, "count", "%zu", row->bare);
}

/* T-39: columns of one table whose headings name different bases. */
static void check_headings(SourceCheck *check)
{
    const char *seen = "";

    for (size_t i = check->from[SOURCE_BASE]; i < check->from[SOURCE_BASE + 1]; i++) {
        const SourceCell *first = &check->cells[i];
        const char *bases = first->raw;
        if (text_equal(first->table, seen))
            continue;
        seen = first->table;
        for (size_t k = i + 1; k < check->from[SOURCE_BASE + 1]; k++)
            if (text_equal(check->cells[k].table, seen) && !text_equal(check->cells[k].raw, first->raw) &&
                text_equal(bases, first->raw))
                bases = trap_join(&check->list, bases, check->cells[k].raw);
        if (text_equal(bases, first->raw))
            continue;
        TrapIssue *issue = trap_add(&check->list, "SHARE_BASES_NAMED", TRAP_WARNING, "", seen, "", "");
        issue->raw = bases;
        trap_arg(&check->list, issue, "bases", "%s", bases);
    }
}

void check_shares(SourceCheck *check)
{
    for (size_t at = check->from[SOURCE_SHARE], end; at < check->from[SOURCE_SHARE + 1]; at = end) {
        ShareRow row;
        end = check_row_end(check, at);
        row_read(check, at, end, &row);
        row_bases(check, &check->cells[at], &row);
        row_base(&row);
        report_bare(check, &check->cells[at], &row);
        if (row.base == 0)
            continue;
        report_base(check, &row);
        report_impossible(check, &row);
        report_over(check, &row);
        report_same_count(check, &row);
    }
    check_headings(check);
}

/* Whether any group of schools of the source is of that size. */
static bool size_known(const SourceCheck *check, int64_t size)
{
    int64_t sizes[SIZES_MAX];
    size_t count = check_sizes(check, NULL, 0, sizes);

    for (size_t i = 0; i < count; i++)
        if (sizes[i] == size)
            return true;
    return false;
}

void check_statements(SourceCheck *check)
{
    for (size_t at = check->from[SOURCE_STATEMENT], end; at < check->from[SOURCE_STATEMENT + 1]; at = end) {
        ShareRow row;
        bool mixed;
        end = check_row_end(check, at);
        row_read(check, at, end, &row);
        row_base(&row);
        if (row.base == 0)
            continue;
        const char *bases = bases_text(check, &row, &mixed), *rule = NULL;
        if (mixed)
            rule = "STATEMENT_BASES";
        else if (!size_known(check, row.base))
            rule = "STATEMENT_BASE_UNSTATED";
        if (rule == NULL)
            continue;
        TrapIssue *issue = trap_add(&check->list, rule, mixed ? TRAP_WARNING : TRAP_INFO, "",
                                    check->cells[at].table, check->cells[at].row, "");
        issue->raw = row.raw;
        trap_arg(&check->list, issue, "bases", "%s", bases);
    }
}
