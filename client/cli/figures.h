/* Wide CSV tables of figures: school, period, row, then a column for each field; or a column for each row of
 * a staffing section, in the grammar "3; 6*". What figures_write makes, figures_read reads back. */
#ifndef CLIENT_CLI_FIGURES_H
#define CLIENT_CLI_FIGURES_H

#include "client/table/table.h"
#include "common/form/form.h"

/* Where a cell stands in the file. */
typedef struct FigurePlace {
    uint32_t section, row, field; /* indices in the form */
    uint32_t line, column;        /* in the file, from 1 */
    struct FigurePlace *next;
} FigurePlace;

/* One school and period: one form. */
typedef struct FigureBatch {
    const char *school, *period;
    FormData *data;      /* filled as the lines were read */
    uint32_t line;       /* the first */
    FigurePlace *places; /* of its cells, the last one first */
    struct FigureBatch *next, *next_in_bucket;
} FigureBatch;

typedef struct FigureIssue {
    RuleSeverity severity;
    const char *school, *period; /* "" where the line names none */
    const char *cell;            /* "section/row/field" or "" */
    uint32_t line, column;       /* 0: no single place */
    const RuleDef *rule;         /* whose message explains it, or NULL: */
    Err why;                     /* reason and arguments */
    struct FigureIssue *next;
} FigureIssue;

enum { FIGURE_BUCKETS = 1024 };

typedef struct Figures {
    const FormDef *form;
    Arena *arena;
    const char *sheet;                 /* of a workbook; NULL: text */
    FigureBatch *batches, **batch_end; /* in the order of the file */
    size_t batch_count;
    FigureBatch *buckets[FIGURE_BUCKETS]; /* by school and period */
    FigureIssue *issues, **issue_end;     /* in the order they were found */
    size_t issue_count, error_count;      /* errors are among the issues */
} Figures;

/* Reads and checks every school. Faults of cells become issues, in file order, those of the form's rules
 * after them; the call fails only when the table as a whole makes no sense: IMPORT_NO_SCHOOL,
 * IMPORT_NO_PERIOD, IMPORT_COLUMN_UNKNOWN, IMPORT_COLUMN_TWICE. period: of files without that column, or
 * NULL. */
ErrCode figures_read(const FormDef *form, const SectionDef *section, const char *period, const Table *table,
                     Arena *arena, Figures **ret_figures, Err *err) MUST_CHECK;

/* Canonical period of what people write ("2021", "2020/21", "2021-10"), in arena; NULL when it is none of the
 * form's kind. */
const char *figures_period(const FormDef *form, const char *text, Arena *arena);

/* Appends the issues of one filled form; places may be NULL. */
ErrCode figures_check(Figures *figures, FigureBatch *batch, Err *err) MUST_CHECK;
Figures *figures_new(const FormDef *form, Arena *arena); /* NULL: no memory */

enum { FIGURE_HEADS = 2 }; /* heading rows of a workbook: codes, then labels */

/* The heading, and the lines of one filled form. section: as in figures_read. A workbook gets the labels
 * below the codes, in a row the reader leaves out, and a list for each column of choices. */
void figures_write_head(const FormDef *form, const SectionDef *section, bool russian, TableWriter *writer);
void figures_write(const FormData *data, const SectionDef *section, const char *school, const char *period,
                   TableWriter *writer);
/* Empty lines to be filled: one for each row. */
void figures_write_template(const SectionDef *section, TableWriter *writer);

#endif
