/* Owns the findings about the document's own order and names: tables out of sequence (T-41), a table that
 * lists fewer schools than there are (T-21), names with letters of another alphabet (T-68). Must not change a
 * name. */
#include "common/core/decimal.h"
#include "common/core/lookalike.h"
#include "common/core/text.h"
#include "common/trap/check.h"

enum { NAME_SIZE = 512 };

/* T-41: after table 7 comes 8; anything else is a slip of numbering or a table left out. */
static void report_sequence(SourceCheck *check)
{
    for (size_t i = check->from[SOURCE_TABLE]; i + 1 < check->from[SOURCE_TABLE + 1]; i++) {
        const char *before = check->cells[i].table, *after = check->cells[i + 1].table;
        int64_t first, second;
        if (decimal_parse(before, 0, &first) != DECIMAL_FINE ||
            decimal_parse(after, 0, &second) != DECIMAL_FINE || second == first + 1)
            continue;
        TrapIssue *issue = trap_add(&check->list, "TABLE_SEQUENCE", TRAP_INFO, "", after, "", "");
        issue->raw = after;
        if (second > first + 1)
            issue->proposal = trap_text(&check->list, "%lld", (long long)(first + 1));
        trap_arg(&check->list, issue, "before", "%s", before);
        trap_arg(&check->list, issue, "after", "%s", after);
    }
}

/* T-21: a table said to list a whole group. */
static void report_count(SourceCheck *check, const SourceCell *population)
{
    int64_t size, listed = 0;

    if (*population->column == '\0' || !check_number(population, &size))
        return;
    for (size_t i = check->from[SOURCE_LISTED]; i < check->from[SOURCE_LISTED + 1]; i++)
        listed += text_equal(check->cells[i].table, population->column);
    if (listed == size || listed == 0)
        return;
    TrapIssue *issue =
        trap_add(&check->list, "COUNT_DIFFERS", TRAP_WARNING, "", population->column, population->row, "");
    issue->raw = population->raw;
    trap_arg(&check->list, issue, "population", "%s", population->row);
    trap_arg(&check->list, issue, "stated", "%lld", (long long)size);
    trap_arg(&check->list, issue, "listed", "%lld", (long long)listed);
}

/* The same name is reported once. */
static void report_name(SourceCheck *check, const SourceCell *cell, const char *name)
{
    char candidate[NAME_SIZE];

    if (!lookalike_propose(name, candidate, sizeof candidate))
        return;
    for (size_t i = 0; i < check->list.count; i++)
        if (text_equal(check->list.items[i].rule, "NAME_LOOKALIKE") &&
            text_equal(check->list.items[i].raw, name))
            return;
    TrapIssue *issue = trap_add(&check->list, "NAME_LOOKALIKE", TRAP_WARNING, "", cell->table, "", "");
    issue->raw = name;
    issue->proposal = trap_text(&check->list, "%s", candidate);
    trap_arg(&check->list, issue, "value", "%s", name);
    trap_arg(&check->list, issue, "proposal", "%s", candidate);
}

/* Cells whose row or column is a name given by people. */
static void report_names(SourceCheck *check)
{
    static const SourceRole roles[] = {SOURCE_POPULATION, SOURCE_TARGET, SOURCE_PART, SOURCE_INDICATOR};

    for (size_t r = 0; r < sizeof roles / sizeof *roles; r++)
        for (size_t i = check->from[roles[r]]; i < check->from[roles[r] + 1]; i++) {
            report_name(check, &check->cells[i], check->cells[i].row);
            if (roles[r] != SOURCE_POPULATION) /* its column is the table that lists it */
                report_name(check, &check->cells[i], check->cells[i].column);
        }
    for (size_t i = check->from[SOURCE_GROUP]; i < check->from[SOURCE_GROUP + 1]; i++)
        report_name(check, &check->cells[i], check->cells[i].raw);
}

void check_tables(SourceCheck *check)
{
    report_sequence(check);
    for (size_t i = check->from[SOURCE_POPULATION]; i < check->from[SOURCE_POPULATION + 1]; i++)
        report_count(check, &check->cells[i]);
    report_names(check);
}
