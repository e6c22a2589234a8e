/* Tables of a source document, one file a table, as cells for the check of common/trap. */
#ifndef CLIENT_CLI_SOURCE_READ_H
#define CLIENT_CLI_SOURCE_READ_H

#include "client/cli/command.h"
#include "common/trap/source.h"

typedef struct SourceCells {
    SourceCell *items;
    size_t count, room;
} SourceCells;

/* Reads every .tsv file of the folder whose headings say what its columns are; other files are passed over:
 *   school, and any of: teachers, attested_pct, X_n with X_pct, X_main with X_part, X_share or X_staff (cells
 * as printed), participants, vacancies, yYYYY (money), support_group; table, factor, significance (risk
 * tables) no, population, value_YYYY, points_YYYY        indicators by year population, year, size, listed_in
 * groups of schools; the table that lists all of them part, name, year, points                       maximum,
 * level, band, total of a score statement, X_n with X_pct                      sentences with shares
 *   indicator, population, target, now             targets
 *   kind, count, population                        parts of a whole
 *   column, base, table                            what headings say shares are taken of
 *   factor, schools, table                         schools printed for a factor
 *   table, file                                    names of tables in the order printed, and which file holds
 * which A table without a row in the last is called by its file. prefix: put before school numbers. Cells are
 * appended, texts are in arena. NOT_FOUND / FILE_MISSING (the folder), INVALID_ARGUMENT / SOURCE_EMPTY, and
 * those of reading tables. */
ErrCode source_read_folder(Cli *cli, const char *folder, const char *prefix, SourceCells *cells,
                           Err *err) MUST_CHECK;

#endif
