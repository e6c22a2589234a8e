/* Owns how a class is shown to a role. Invariant: a computed status never leaves the ministry.
 * Must not read the database. */
#include "server/service/class_message.h"

#include "server/engine/engine.h"
#include "server/service/convert.h"
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
    {FLAG_INCOMPLETE, "INCOMPLETE"},
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
    to->status_official = (char *)(row->official_listed ? row->official_group : "");
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
    return code;
}
