/* Owns the names of roles and the text of settings. Invariant: what is not set goes out as the empty text (or
 * the empty array), which every policy reads as "nothing". Must not send anything. */
#include "server/store/db_scope.h"

/* The migrations make them; a role missing here could never be taken. */
static const char *const role_names[DB_ROLE_COUNT] = {
    [DB_ROLE_NONE] = "",
    [DB_ROLE_SCHOOL] = "shans_school",
    [DB_ROLE_DISTRICT] = "shans_district",
    [DB_ROLE_REGION] = "shans_region",
    [DB_ROLE_AUDITOR] = "shans_auditor",
    [DB_ROLE_WRITER] = "shans_writer",
    [DB_ROLE_AUTH] = "shans_auth",
    [DB_ROLE_JOBS] = "shans_jobs",
    [DB_ROLE_CURATOR] = "shans_curator",
    [DB_ROLE_ACCOUNTS_SELF] = "shans_accounts_self",
    [DB_ROLE_ACCOUNTS_DISTRICT] = "shans_accounts_district",
    [DB_ROLE_ACCOUNTS_REGION] = "shans_accounts_region",
    [DB_ROLE_LOG] = "shans_log",
};

const char *db_role_name(DbRole role)
{
    unsigned number = (unsigned)role;

    return number < DB_ROLE_COUNT ? role_names[number] : "";
}

const char *db_scope_begin(DbMode mode)
{
    static const char *const names[] = {
        [DB_MODE_WRITE] = "db__begin",
        [DB_MODE_READ] = "db__begin_read",
        [DB_MODE_SNAPSHOT] = "db__begin_snapshot",
        [DB_MODE_SNAPSHOT_WRITE] = "db__begin_snapshot_write",
    };

    return names[mode];
}

/* Ids start from 1; an unset one must not become a number, as 0 could one day be somebody's. */
static void add_id(DbParams *params, int64_t id)
{
    if (id)
        db_param_int64(params, id);
    else
        db_param_text(params, "");
}

/* The arrays are text like {11,12}: set_config takes text only, and the policies' functions cast it once. */
void db_scope_params(const DbScope *scope, DbParams *params)
{
    add_id(params, scope->principal_id);
    add_id(params, scope->district_id);
    db_param_text(params, scope->region ? "on" : "");
    db_param_int64_array(params, scope->school_ids, NULL, scope->school_count);
    db_param_int64_array(params, scope->above_ids, NULL, scope->above_count);
}
