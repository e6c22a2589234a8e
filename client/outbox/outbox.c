/* Owns the outbox file, its drafts and its sending lock. Invariant: a function that reports success has
 * committed. Must not talk to the server. */
#include "client/outbox/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "client/outbox/outbox_db.h"
#include "common/base/failpoint.h"
#include "common/core/text.h"

enum { SCHEMA_VERSION = 2, BUSY_MS = 5000, DIR_MAX = 3800 };

/* Every fault of the file names it. */
static ErrCode file_fault(Err *err, const char *reason, const char *file)
{
    err_set(err, ERR_FAILED_PRECONDITION, reason);
    return err_arg(err, "file", "%s", file);
}

/* mkdir -p, each new folder private. */
static ErrCode make_dir(const char *dir, Err *err)
{
    char path[DIR_MAX];

    if (strlen(dir) >= sizeof path || dir[0] == '\0')
        return file_fault(err, "OUTBOX_UNWRITABLE", dir);
    text_copy(path, sizeof path, dir);
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return file_fault(err, "OUTBOX_UNWRITABLE", dir);
        *at = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return file_fault(err, "OUTBOX_UNWRITABLE", dir);
    return ERR_OK;
}

/* File locks of network file systems do not protect SQLite. */
static bool is_network(const char *dir)
{
    struct statfs info;

    if (statfs(dir, &info) != 0)
        return false;
    switch ((unsigned long)info.f_type & 0xFFFFFFFFu) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case AFS_SUPER_MAGIC:
        return true;
    default:
        return false;
    }
}

/* The first column. */
static ErrCode read_int(void *context, const LiteRow *row, Err *err)
{
    (void)err;
    *(int64_t *)context = lite_get_int(row, 0);
    return ERR_OK;
}

/* Creates the tables in a new file, adds to an older one what it lacks; refuses one of a newer program. */
static ErrCode prepare_schema(Outbox *outbox, const char *path, Err *err)
{
    int64_t version = 0;
    ErrCode code = lite_begin(outbox->lite, err);

    if (code == ERR_OK)
        code = lite_query(outbox->lite, "outbox/schema__version.sql", NULL, 0, read_int, &version, err);
    if (code == ERR_OK && version > SCHEMA_VERSION)
        code = file_fault(err, "OUTBOX_NEWER", path);
    if (code == ERR_OK && version == 0)
        code = lite_script(outbox->lite, "outbox/001_schema.sql", err);
    if (code == ERR_OK && version < 2)
        code = lite_script(outbox->lite, "outbox/002_dismissal.sql", err);
    return outbox_end(outbox, code, err);
}

/* Folder, file system, file, tables: each step has its own reason. */
ErrCode outbox_open(const OutboxOptions *options, Outbox **ret_outbox, Err *err)
{
    char path[DIR_MAX + 32];
    ErrCode code = make_dir(options->dir, err);

    if (code != ERR_OK)
        return code;
    snprintf(path, sizeof path, "%s/outbox.sqlite", options->dir);
    if (is_network(options->dir))
        return file_fault(err, "OUTBOX_ON_NETWORK", path);
    Outbox *outbox = calloc(1, sizeof *outbox);
    if (outbox == NULL)
        return err_memory(err);
    outbox->clock = options->clock;
    outbox->lock_fd = -1;
    outbox->dir = strdup(options->dir);
    if (outbox->dir == NULL)
        code = err_memory(err);
    if (code == ERR_OK)
        code = lite_open(path, options->busy_ms > 0 ? options->busy_ms : BUSY_MS, &outbox->lite, err);
    if (code == ERR_OK)
        code = prepare_schema(outbox, path, err);
    if (code != ERR_OK) {
        outbox_close(outbox);
        return code;
    }
    *ret_outbox = outbox;
    return ERR_OK;
}

/* NULL and half-opened ones too. */
void outbox_close(Outbox *outbox)
{
    if (outbox == NULL)
        return;
    outbox_end_sending(outbox);
    lite_close(outbox->lite);
    free(outbox->dir);
    free(outbox);
}

/* Rolls back even when the commit itself failed, so the next call starts clean. */
ErrCode outbox_end(Outbox *outbox, ErrCode code, Err *err)
{
    if (code == ERR_OK)
        code = lite_commit(outbox->lite, err);
    if (code != ERR_OK)
        lite_rollback(outbox->lite);
    return code;
}

int64_t outbox_now(const Outbox *outbox)
{
    return outbox->clock->now_ms(outbox->clock);
}

/* An empty value removes the row: no answer is not an answer. */
static ErrCode save_cell(Outbox *outbox, const DraftKey *key, const FormCell *cell, int64_t now, Err *err)
{
    LiteParam params[] = {
        LITE_TEXT(key->school),     LITE_TEXT(key->form),         LITE_TEXT(key->period),
        LITE_TEXT(cell->section),   LITE_TEXT(cell->row),         LITE_TEXT(cell->field),
        LITE_INT(cell->value.kind), LITE_INT(cell->value.number), LITE_INT(now),
    };

    if (cell->value.kind == VALUE_EMPTY)
        return lite_query(outbox->lite, "outbox/draft_cell__clear.sql", params, 6, NULL, NULL, err);
    return lite_query(outbox->lite, "outbox/draft_cell__upsert.sql", params, 9, NULL, NULL, err);
}

/* One sync for all cells of a step. */
ErrCode outbox_save_cells(Outbox *outbox, const DraftKey *key, uint32_t form_version, const FormCell *cells,
                          size_t count, Err *err)
{
    int64_t now = outbox_now(outbox);
    LiteParam params[] = {LITE_TEXT(key->school), LITE_TEXT(key->form), LITE_TEXT(key->period),
                          LITE_INT(form_version), LITE_INT(now)};
    ErrCode code = lite_begin(outbox->lite, err);

    if (code != ERR_OK)
        return code;
    code = lite_query(outbox->lite, "outbox/draft__upsert.sql", params, 5, NULL, NULL, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = save_cell(outbox, key, &cells[i], now, err);
    if (code == ERR_OK)
        code = failpoint("outbox.save", err);
    code = outbox_end(outbox, code, err);
    return code == ERR_OK ? failpoint("outbox.saved", err) : code;
}

/* Gathers rows of any size in an arena, doubling. */
typedef struct Gather {
    Arena *arena;
    size_t item;
    char *items;
    size_t count, room;
} Gather;

/* The next free item; NULL without memory. */
static void *gather_next(Gather *gather)
{
    if (gather->count == gather->room) {
        size_t room = gather->room == 0 ? 16 : gather->room * 2;
        char *items = arena_array(gather->arena, room, gather->item);
        if (items == NULL)
            return NULL;
        if (gather->count > 0)
            memcpy(items, gather->items, gather->count * gather->item);
        gather->items = items;
        gather->room = room;
    }
    return gather->items + gather->count++ * gather->item;
}

/* Texts are copied: the row is gone after the callback. */
static ErrCode gather_cell(void *context, const LiteRow *row, Err *err)
{
    Gather *gather = context;
    FormCell *cell = gather_next(gather);

    if (cell == NULL)
        return err_memory(err);
    cell->section = arena_text(gather->arena, lite_get_text(row, 0));
    cell->row = arena_text(gather->arena, lite_get_text(row, 1));
    cell->field = arena_text(gather->arena, lite_get_text(row, 2));
    cell->value = (Value){(ValueKind)lite_get_int(row, 3), lite_get_int(row, 4)};
    return cell->section == NULL || cell->row == NULL || cell->field == NULL ? err_memory(err) : ERR_OK;
}

typedef struct DraftFound {
    Draft *draft;
    bool found;
} DraftFound;

/* A key has at most one draft. */
static ErrCode read_draft(void *context, const LiteRow *row, Err *err)
{
    DraftFound *found = context;

    (void)err;
    found->found = true;
    found->draft->form_version = (uint32_t)lite_get_int(row, 0);
    found->draft->dirty = lite_get_int(row, 1) != 0;
    found->draft->changed_ms = lite_get_int(row, 2);
    return ERR_OK;
}

/* Key, head and cells; NOT_FOUND when nothing was ever typed. */
ErrCode outbox_load_draft(Outbox *outbox, const DraftKey *key, Arena *arena, Draft *ret_draft,
                          FormCell **ret_cells, size_t *ret_count, Err *err)
{
    LiteParam params[] = {LITE_TEXT(key->school), LITE_TEXT(key->form), LITE_TEXT(key->period)};
    Draft draft = {.key = *key};
    DraftFound found = {.draft = &draft};
    Gather gather = {.arena = arena, .item = sizeof(FormCell)};
    ErrCode code = lite_query(outbox->lite, "outbox/draft__get.sql", params, 3, read_draft, &found, err);

    if (code == ERR_OK && !found.found) {
        err_set(err, ERR_NOT_FOUND, "DRAFT_MISSING");
        err_arg(err, "school", "%s", key->school);
        err_arg(err, "form", "%s", key->form);
        return err_arg(err, "period", "%s", key->period);
    }
    if (code == ERR_OK)
        code = lite_query(outbox->lite, "outbox/draft_cell__list.sql", params, 3, gather_cell, &gather, err);
    if (code != ERR_OK)
        return code;
    *ret_draft = draft;
    *ret_cells = (FormCell *)(void *)gather.items;
    *ret_count = gather.count;
    return ERR_OK;
}

/* One head a row. */
static ErrCode gather_draft(void *context, const LiteRow *row, Err *err)
{
    Gather *gather = context;
    Draft *draft = gather_next(gather);

    if (draft == NULL)
        return err_memory(err);
    draft->key.school = arena_text(gather->arena, lite_get_text(row, 0));
    draft->key.form = arena_text(gather->arena, lite_get_text(row, 1));
    draft->key.period = arena_text(gather->arena, lite_get_text(row, 2));
    draft->form_version = (uint32_t)lite_get_int(row, 3);
    draft->dirty = lite_get_int(row, 4) != 0;
    draft->changed_ms = lite_get_int(row, 5);
    return draft->key.school == NULL || draft->key.form == NULL || draft->key.period == NULL ? err_memory(err)
                                                                                             : ERR_OK;
}

ErrCode outbox_list_drafts(Outbox *outbox, Arena *arena, Draft **ret_drafts, size_t *ret_count, Err *err)
{
    Gather gather = {.arena = arena, .item = sizeof(Draft)};
    ErrCode code = lite_query(outbox->lite, "outbox/draft__list.sql", NULL, 0, gather_draft, &gather, err);

    if (code != ERR_OK)
        return code;
    *ret_drafts = (Draft *)(void *)gather.items;
    *ret_count = gather.count;
    return ERR_OK;
}

/* The kernel drops the lock when the process dies, however it dies. */
ErrCode outbox_begin_sending(Outbox *outbox, Err *err)
{
    char path[DIR_MAX + 32];

    if (outbox->lock_fd < 0) {
        snprintf(path, sizeof path, "%s/sender.lock", outbox->dir);
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return file_fault(err, "OUTBOX_UNWRITABLE", path);
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            close(fd);
            return err_set(err, ERR_UNAVAILABLE, "OUTBOX_SENDING");
        }
        outbox->lock_fd = fd;
    }
    LiteParam params[] = {LITE_INT(outbox_now(outbox))};
    ErrCode code = lite_query(outbox->lite, "outbox/operation__resume.sql", params, 1, NULL, NULL, err);
    if (code != ERR_OK)
        outbox_end_sending(outbox);
    return code;
}

void outbox_end_sending(Outbox *outbox)
{
    if (outbox->lock_fd >= 0)
        close(outbox->lock_fd);
    outbox->lock_fd = -1;
}
