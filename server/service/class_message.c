/* Owns how a class is shown to a role. Invariant: a computed status never leaves the ministry.
 * Must not read the database. */
#include "server/service/class_message.h"

#include <string.h>

#include "common/core/text.h"
#include "server/engine/engine.h"
#include "server/service/convert.h"
#include "server/service/group_message.h"
#include "server/service/service.h"
#include "shans/v1/system.pb-c.h"

/* A bit of the stored class and the code the client has a word for. */
typedef struct BitName {
    unsigned bit;
    const char *name;
} BitName;

/* The branches of the rule that made the school low. */
static const BitName branch_names[] = {
    {HELD_A, "A"},           {HELD_B, "B"},           {HELD_B_ANY, "B_ANY"}, {HELD_B_SAME, "B_SAME"},
    {HELD_RISK_A, "RISK_A"}, {HELD_RISK_B, "RISK_B"}, {HELD_RANK, "RANK"},
};
/* What makes a class less certain than it looks. */
static const BitName flag_names[] = {
    {FLAG_ONE_YEAR_ONLY, "ONE_YEAR_ONLY"}, {FLAG_UNRELIABLE, "UNRELIABLE"},
    {FLAG_PREDECESSOR, "PREDECESSOR"},     {FLAG_SOURCES_DIFFER, "SOURCES_DIFFER"},
    {FLAG_INCOMPLETE, "INCOMPLETE"},       {FLAG_DISPUTED, "DISPUTED"},
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Below the ministry only an edition is a status: runs stay with the region and the auditor. */
static bool sees_runs(int role)
{
    return role_is_region(role) || role == SHANS__V1__ROLE__ROLE_AUDITOR;
}

/* Exactly one of run and edition must be named. INVALID_ARGUMENT / RUN_OR_EDITION, PERMISSION_DENIED /
 * EDITION_ONLY. */
ErrCode class_set_check(Call *call, uint64_t run_id, uint32_t edition, ClassSet *ret_set, Err *err)
{
    if ((run_id == 0) == (edition == 0))
        return err_set(err, ERR_INVALID_ARGUMENT, "RUN_OR_EDITION");
    if (run_id != 0 && !sees_runs(call->principal->role))
        return err_set(err, ERR_PERMISSION_DENIED, "EDITION_ONLY");
    *ret_set = (ClassSet){(int64_t)run_id, edition};
    return object_name(call, run_id != 0 ? "run" : "edition", run_id != 0 ? (int64_t)run_id : edition, err);
}

/* The names of the bits that are set, in the order of the table. */
static ErrCode bit_names(Arena *arena, unsigned bits, const BitName *names, size_t count, char ***ret_names,
                         size_t *ret_count, Err *err)
{
    char **list = ARENA_NEW(arena, char *, count);
    size_t used = 0;

    if (list == NULL)
        return err_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (bits & names[i].bit)
            list[used++] = (char *)names[i].name;
    }
    *ret_names = list;
    *ret_count = used;
    return ERR_OK;
}

/* Cuts the next tab-separated field off a line, ending it in place; "" when the line is shorter: an older
 * program may have written it. */
static char *next_field(char **cursor)
{
    static char none[] = "";
    char *start = *cursor;

    if (start == NULL)
        return none;
    *cursor = strchr(start, '\t');
    if (*cursor != NULL)
        *(*cursor)++ = '\0';
    return start;
}

/* The next four fields as a document; NULL for one without a kind. */
static ErrCode next_document(Arena *arena, char **cursor, Shans__V1__Document **ret_document, Err *err)
{
    DocumentRow row;

    row.kind = next_field(cursor);
    row.number = next_field(cursor);
    row.on_date = next_field(cursor);
    row.issuer = next_field(cursor);
    return document_message_new(arena, &row, ret_document, err);
}

/* One membership as the run stored it; *ret_approved tells whether people below the ministry may see it. */
static ErrCode fill_group(Arena *arena, char *line, Shans__V1__Member *to, bool *ret_approved, Err *err)
{
    char *cursor = line;

    to->group = next_field(&cursor);
    to->title_ru = next_field(&cursor);
    to->title_en = next_field(&cursor);
    to->valid_from = next_field(&cursor);
    to->valid_to = next_field(&cursor);
    *ret_approved = text_equal(next_field(&cursor), "1");
    return next_document(arena, &cursor, &to->document_in, err);
}

/* Memberships as the run kept them, without those the caller may not know of. */
static ErrCode fill_groups(Call *call, const ClassRow *row, Shans__V1__SchoolClass *to, Err *err)
{
    char *copy = arena_text(call->arena, row->groups), *end;
    size_t count = 1;
    ErrCode code = ERR_OK;

    if (copy == NULL)
        return err_memory(err);
    for (const char *at = copy; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    to->official_groups = MESSAGE_ARRAY(call->arena, count, Shans__V1__Member, shans__v1__member__init);
    if (to->official_groups == NULL)
        return err_memory(err);
    for (char *line = copy; line != NULL && *line != '\0' && code == ERR_OK; line = end) {
        Shans__V1__Member *member = to->official_groups[to->n_official_groups];
        bool approved = false;
        end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        code = fill_group(call->arena, line, member, &approved, err);
        to->n_official_groups += approved || sees_runs(call->principal->role);
        member->school_code = (char *)row->school_code;
        member->school_name = (char *)row->school_name;
        member->training = row->training;
    }
    return code;
}

/* The document of the identification and the methodology it names. */
static ErrCode fill_identification(Call *call, const ClassRow *row, Shans__V1__SchoolClass *to, Err *err)
{
    char *cursor = arena_text(call->arena, row->identification_document);

    if (cursor == NULL)
        return err_memory(err);
    if (*cursor == '\0')
        return ERR_OK;
    ErrCode code = next_document(call->arena, &cursor, &to->identification_document, err);
    to->identification_profile = next_field(&cursor);
    return code;
}

/* A list that names the school without a group is still a list it stands on. */
static const char *official_status(const ClassRow *row)
{
    if (!row->official_listed)
        return "";
    bool stated = *row->official_group != '\0' && !text_equal(row->official_group, "none");
    return stated ? row->official_group : "LISTED";
}

/* Fills a class for the caller: the computed status goes to the region alone, the official one comes with
 * an edition. */
ErrCode class_message_fill(Call *call, ClassSet set, const ClassRow *row, Shans__V1__SchoolClass *to,
                           Err *err)
{
    const char *status = engine_status_name((ClassStatus)row->status);

    to->school_code = (char *)row->school_code;
    to->school_name = (char *)row->school_name;
    if (sees_runs(call->principal->role))
        to->status_computed = (char *)status;
    if (set.edition_number != 0)
        to->status_approved = (char *)status;
    to->status_official = (char *)official_status(row);
    to->reliability = (char *)(row->reliable ? "NORMAL" : "LOW");
    to->typology = (char *)row->typology;
    to->wellbeing_group = (uint32_t)row->wellbeing_group;
    to->quality_group = (uint32_t)row->quality_group;
    to->training = row->training;
    ErrCode code = bit_names(call->arena, row->branches, branch_names, COUNT(branch_names), &to->branches,
                             &to->n_branches, err);
    if (code == ERR_OK)
        code =
            bit_names(call->arena, row->flags, flag_names, COUNT(flag_names), &to->flags, &to->n_flags, err);
    if (code == ERR_OK)
        code = fill_groups(call, row, to, err);
    return code != ERR_OK ? code : fill_identification(call, row, to, err);
}
