/* Owns the list of schools of this machine. Invariant: a school is listed once. Must not ask the server. */
#include "client/outbox/schools.h"

#include <string.h>

#include "client/outbox/outbox_db.h"

/* A growing array: the number of rows is not known before. */
typedef struct Schools {
    Arena *arena;
    const char **codes;
    size_t count, room;
} Schools;

/* The array doubles: the number of rows is not known before. */
static ErrCode append_school(void *context, const LiteRow *row, Err *err)
{
    Schools *schools = context;

    if (schools->count == schools->room) {
        size_t room = schools->room == 0 ? 64 : 2 * schools->room;
        const char **grown = ARENA_NEW(schools->arena, const char *, room);
        if (grown == NULL)
            return err_memory(err);
        if (schools->count > 0)
            memcpy(grown, schools->codes, schools->count * sizeof *grown);
        schools->codes = grown;
        schools->room = room;
    }
    const char *code = arena_text(schools->arena, lite_get_text(row, 0));
    if (code == NULL)
        return err_memory(err);
    schools->codes[schools->count++] = code;
    return ERR_OK;
}

ErrCode outbox_list_schools(Outbox *outbox, Arena *arena, const char *const **ret_schools, size_t *ret_count,
                            Err *err)
{
    Schools schools = {.arena = arena};
    ErrCode code = lite_query(outbox->lite, "outbox/school__list.sql", NULL, 0, append_school, &schools, err);

    if (code != ERR_OK)
        return code;
    *ret_schools = schools.codes;
    *ret_count = schools.count;
    return ERR_OK;
}
