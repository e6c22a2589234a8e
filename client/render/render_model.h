/* Inside of the table model, shared by the pictures only. */
#ifndef CLIENT_RENDER_RENDER_MODEL_H
#define CLIENT_RENDER_RENDER_MODEL_H

#include "client/render/render.h"

typedef struct RenderCell {
    bool filled;
    const char *text, *label; /* TEXT, CODE, DATE */
    int64_t number;           /* NUMBER, TIME, BOOL */
} RenderCell;

struct RenderTable {
    Arena *arena;
    const char *noun;
    const RenderColumn *columns;
    size_t column_count;
    bool record, failed;
    const char *note; /* NULL: none */
    RenderCell *cells;
    size_t count, room;
};

enum { RENDER_CELL_SIZE = 64 };

/* True for a column whose values are numbers for programs. */
bool render_is_number(const RenderColumn *column);

/* The cell as a person reads it, in room of RENDER_CELL_SIZE bytes or borrowed from the cell. */
const char *render_show_cell(const RenderColumn *column, const RenderCell *cell, const RenderStyle *style,
                             char *room);
void render_grid(const RenderTable *table, const RenderStyle *style, Buf *buf);
void render_record(const RenderTable *table, const RenderStyle *style, Buf *buf);

#endif
