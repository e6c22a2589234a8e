/* Which column of a wide table stands for what: inside of the figures, shared by reading and writing. */
#ifndef CLIENT_CLI_FIGURES_LAYOUT_H
#define CLIENT_CLI_FIGURES_LAYOUT_H

#include "client/table/table.h"
#include "common/form/form.h"

typedef enum FigureColumnKind {
    FIGURE_COLUMN_OTHER = 1, /* school, period, row, and the school's name */
    FIGURE_COLUMN_FIELD,
    FIGURE_COLUMN_PAIR, /* a row of a section of pairs, both fields in one cell */
} FigureColumnKind;

/* Sections whose two fields are written into one cell, as the printed tables do. */
typedef enum FigurePair {
    FIGURE_PAIR_NONE = 0,
    FIGURE_PAIR_STAFF, /* main, part: "3; 6*" */
    FIGURE_PAIR_SHARE, /* count, reported_pct: "57/87 %" */
} FigurePair;

typedef struct FigureColumn {
    FigureColumnKind kind;
    FigurePair pair;
    uint32_t section, row, field; /* of a pair the first; the second follows it */
} FigureColumn;

/* A section with rows that has exactly the two fields of a pair. */
FigurePair layout_get_pair(const SectionDef *section);

/* True when the section's figures stand on lines of their own rows. */
bool layout_has_rows(const SectionDef *section);

/* A column for each heading. Fields of `section` go first, then rows of a section of pairs, then fields that
 * only one section has; "section.field" always works. IMPORT_COLUMN_UNKNOWN, IMPORT_COLUMN_TWICE. */
ErrCode layout_resolve(const FormDef *form, const SectionDef *section, const TableRow *head, Arena *arena,
                       const FigureColumn **ret_columns, Err *err) MUST_CHECK;

/* True when the plain code names the field without its section. */
bool layout_is_plain(const FormDef *form, const SectionDef *section, const SectionDef *of, const char *field);

#endif
