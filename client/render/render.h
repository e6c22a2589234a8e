/* A table model and its three pictures: for a person (terminal), for a program (JSON), for a spreadsheet
 * (CSV). Values stay typed; only the picture decides how a number or a date looks. */
#ifndef CLIENT_RENDER_RENDER_H
#define CLIENT_RENDER_RENDER_H

#include <stdbool.h>

#include "common/core/arena.h"
#include "common/core/buf.h"

typedef enum RenderType {
    RENDER_TEXT = 1,
    RENDER_CODE,   /* a code for programs, a label for people */
    RENDER_NUMBER, /* scaled by the column's scale */
    RENDER_DATE,   /* ISO date */
    RENDER_TIME,   /* Unix ms */
    RENDER_BOOL,
    RENDER_ID, /* a whole number that names something: never grouped, so that it can be copied */
} RenderType;

typedef struct RenderColumn {
    const char *key;   /* of JSON and CSV: never translated, never renamed */
    const char *label; /* NULL: a column for programs only */
    RenderType type;
    uint8_t scale;
} RenderColumn;

/* Filled cell by cell, in column order; memory that runs out is reported by the picture. */
typedef struct RenderTable RenderTable;

/* noun: of the schema, "org" -> "shans.org.v1". columns are borrowed. record: for people each row is shown
 * as a list of label and value. NULL: no memory. */
RenderTable *render_table_new(Arena *arena, const char *noun, const RenderColumn *columns, size_t count,
                              bool record);
void render_add_text(RenderTable *table, const char *text); /* copied; "" is empty */
void render_add_code(RenderTable *table, const char *code, const char *label);
void render_add_number(RenderTable *table, int64_t value);
void render_add_date(RenderTable *table, const char *iso);
void render_add_time(RenderTable *table, int64_t ms); /* 0: empty */
void render_add_bool(RenderTable *table, bool value);
void render_add_empty(RenderTable *table);

/* A line for people below the rows, once for the table: what a mark in a cell means. Borrowed. */
void render_set_note(RenderTable *table, const char *note);

size_t render_row_count(const RenderTable *table);

typedef enum RenderFormat {
    RENDER_AS_TABLE = 1, /* for people */
    RENDER_AS_JSON,
    RENDER_AS_CSV,
    RENDER_AS_TSV,
    RENDER_AS_SCHEMA, /* JSON Schema of RENDER_AS_JSON */
    RENDER_AS_XLSX,   /* by render_workbook: into a file */
} RenderFormat;

/* What a terminal is told where RenderStyle.colour allows it. */
#define RENDER_BOLD  "\033[1m"
#define RENDER_RED   "\033[1;31m"
#define RENDER_PLAIN "\033[0m"

/* The format of that name; 0 for an unknown one. */
RenderFormat render_format_parse(const char *name);

typedef struct RenderStyle {
    RenderFormat format;
    bool russian;
    size_t width;     /* columns of the terminal; 0: as wide as needed */
    bool excel;       /* CSV for a Russian spreadsheet */
    bool expanded;    /* for people: one property a line, whatever the table */
    bool no_headers;  /* rows alone: of tables, CSV and TSV */
    bool colour;      /* headings in bold; never the only sign of anything */
    const char *none; /* shown for a table without rows; NULL: nothing */
    const char *yes, *no;
} RenderStyle;

/* Appends the picture. RESOURCE_EXHAUSTED / MEMORY_LIMIT when the table or the buffer ran out. */
ErrCode render_table(const RenderTable *table, const RenderStyle *style, Buf *buf, Err *err) MUST_CHECK;

/* A workbook at path with one sheet called after the title: the headings and words people read, values typed.
 * Columns for programs only are left out. Errors of xlsx_writer_close. */
ErrCode render_workbook(const RenderTable *table, const RenderStyle *style, const char *title,
                        const char *path, Err *err) MUST_CHECK;

/* Appends text for a person: control characters and direction marks become spaces. */
void render_clean(Buf *buf, const char *text);

/* Appends the line cleaned, in as many lines of at most width columns as it needs (0: one), each further one
 * indented by four more than the first; ends them. */
void render_wrapped(Buf *buf, const char *line, size_t width);

/* Appends what is wrong and what to do, with the code to quote: "Error: … [TOKEN_EXPIRED]". A catalogue's
 * own sentence takes precedence when given. */
void render_err(const Err *err, bool russian, const char *sentence, Buf *buf);

#endif
