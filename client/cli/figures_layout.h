/* Which column of a wide table stands for what: inside of the figures, shared by reading and writing. */
#ifndef CLIENT_CLI_FIGURES_LAYOUT_H
#define CLIENT_CLI_FIGURES_LAYOUT_H

#include "client/table/table.h"
#include "common/form/form.h"

typedef enum FigureColumnKind {
    FIGURE_COLUMN_OTHER = 1, /* school, period, row, and the school's name */
    FIGURE_COLUMN_FIELD,
    FIGURE_COLUMN_STAFF, /* a row of a staffing section, both fields in one cell */
} FigureColumnKind;

typedef struct FigureColumn {
    FigureColumnKind kind;
    uint32_t section, row, field, part_field;
} FigureColumn;

/* A section of posts counted by main job and part-time: exactly the counts "main" and "part". */
bool layout_is_staff(const SectionDef *section);

/* True when the section's figures stand on lines of their own rows. */
bool layout_has_rows(const SectionDef *section);

/* A column for each heading. Fields of `section` go first, then rows of a staffing section, then fields that
 * only one section has; "section.field" always works. IMPORT_COLUMN_UNKNOWN, IMPORT_COLUMN_TWICE. */
ErrCode layout_resolve(const FormDef *form, const SectionDef *section, const TableRow *head, Arena *arena,
                       const FigureColumn **ret_columns, Err *err) MUST_CHECK;

/* True when the plain code names the field without its section. */
bool layout_is_plain(const FormDef *form, const SectionDef *section, const SectionDef *of, const char *field);

#endif
