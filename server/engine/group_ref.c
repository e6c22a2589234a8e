/* Owns how a group's name is bound to a meaning. Invariant: of several meanings none is chosen silently.
 * Must not read a dictionary: the caller brings the meanings of the day. */
#include "server/engine/group_ref.h"

#include <string.h>

#include "common/core/alike.h"
#include "common/core/text.h"

/* "code:meaning", letter by letter. */
static bool is_exact(const GroupMeaning *one, const char *text)
{
    size_t length = strlen(one->code);

    return strncmp(text, one->code, length) == 0 && text[length] == ':' &&
           text_equal(text + length + 1, one->meaning);
}

static bool is_named(const GroupMeaning *one, const char *text)
{
    return alike_equal(one->code, text) || alike_equal(one->title_ru, text) ||
           (one->title_en[0] != '\0' && alike_equal(one->title_en, text));
}

bool group_ref_named(const GroupMeaning *meaning, const char *text)
{
    return text[0] == '\0' || is_exact(meaning, text) || is_named(meaning, text);
}

/* The meanings marked, with their sizes; NULL: no memory. */
static const char *join(const GroupMeaning *meanings, const bool *marked, size_t count, Arena *arena)
{
    const char *all = "";

    for (size_t i = 0; i < count && all != NULL; i++)
        if (marked[i])
            all = arena_printf(arena, "%s%s%s:%s (%u)", all, all[0] == '\0' ? "" : ", ", meanings[i].code,
                               meanings[i].meaning, (unsigned)meanings[i].schools);
    return all;
}

/* The one marked meaning of that size, or "". */
static const char *propose(const GroupMeaning *meanings, const bool *marked, size_t count, uint32_t size,
                           Arena *arena)
{
    const GroupMeaning *fits = NULL;
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        if (marked[i] && size > 0 && meanings[i].schools == size) {
            fits = &meanings[i];
            found++;
        }
    return found == 1 ? arena_printf(arena, "%s:%s", fits->code, fits->meaning) : "";
}

ErrCode group_ref_find(const GroupMeaning *meanings, size_t count, const char *text, uint32_t size,
                       Arena *arena, size_t *ret_index, Err *err)
{
    bool *marked = ARENA_NEW(arena, bool, count);
    size_t found = 0, last = 0;

    if (marked == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (is_exact(&meanings[i], text)) {
            *ret_index = i;
            return ERR_OK;
        }
        marked[i] = is_named(&meanings[i], text);
        found += marked[i];
        last = marked[i] ? i : last;
    }
    if (found == 1) {
        *ret_index = last;
        return ERR_OK;
    }
    if (found == 0)
        memset(marked, 1, count * sizeof *marked);
    const char *names = join(meanings, marked, count, arena);
    if (names == NULL)
        return err_memory(err);
    if (found == 0) {
        err_set(err, ERR_NOT_FOUND, "GROUP_UNKNOWN");
        err_arg(err, "value", "%s", text);
        return err_arg(err, "near", "%s", names);
    }
    const char *proposal = propose(meanings, marked, count, size, arena);
    err_set(err, ERR_FAILED_PRECONDITION, "GROUP_AMBIGUOUS");
    err_arg(err, "value", "%s", text);
    err_arg(err, "meanings", "%s", names);
    return err_arg(err, "proposal", "%s", proposal == NULL ? "" : proposal);
}
