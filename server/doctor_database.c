/* Owns the doctor's questions to the database. Invariant: asks only, in read-only transactions with a
 * deadline. Must not need more rights than the server itself has. */
#include <stdlib.h>

#include "common/core/text.h"
#include "server/doctor_checks.h"
#include "server/store/db_hosts.h"
#include "server/store/migrate.h"

enum { ASK_MS = 5000, SKEW_WARNING_MS = 2000, SKEW_FAULT_MS = 60000 };

/* Columns of doctor__settings. */
enum {
    COLUMN_FSYNC,
    COLUMN_FULL_PAGES,
    COLUMN_COMMIT,
    COLUMN_CHECKSUMS,
    COLUMN_ENCODING,
    COLUMN_CTYPE,
    COLUMN_TIME,
    COLUMN_LOGIN,
    COLUMN_POWERFUL,
    COLUMN_SYNC_NAMES,
    COLUMN_RECOVERY,
    COLUMN_STANDBYS,
};

/* Runs a query in a transaction of its own; a failure is a finding and gives NULL. */
static DbResult *ask(Doctor *doctor, const char *name)
{
    const DbScope scope = {.mode = DB_MODE_READ,
                           .deadline_ms = doctor->clock->monotonic_ms(doctor->clock) + ASK_MS};
    DbResult *result = NULL;
    Err err = {0};

    if (doctor->db == NULL)
        return NULL;
    ErrCode code = db_begin(doctor->db, &scope, &err);
    if (code == ERR_OK)
        code = db_query(doctor->db, name, NULL, &result, &err);
    db_rollback(doctor->db);
    if (code != ERR_OK)
        *doctor_find(doctor, DOCTOR_FAULT) = err;
    else if (db_rows(result) == 0) {
        db_result_free(result);
        return NULL;
    }
    return result;
}

/* A version that leaks rows and a server that cannot be reached are told by the connection itself. */
void doctor_connection(Doctor *doctor)
{
    Err err = {0};

    if (doctor->app_conninfo == NULL)
        return;
    if (db_open(doctor->app_conninfo, doctor->clock, &doctor->db, &err) != ERR_OK)
        *doctor_find(doctor, DOCTOR_FAULT) = err;
}

static ErrCode set_setting(Err *err, const char *name, const char *value)
{
    err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_DURABILITY");
    err_arg(err, "setting", "%s", name);
    return err_arg(err, "value", "%s", value);
}

/* What was confirmed must survive a power cut, and a page the disk spoiled must not pass for a good one. */
void doctor_durability(Doctor *doctor)
{
    DbResult *row = ask(doctor, "doctor__settings");

    if (row == NULL)
        return;
    const char *commit = db_get_text(row, 0, COLUMN_COMMIT);
    if (!text_equal(db_get_text(row, 0, COLUMN_FSYNC), "on"))
        set_setting(doctor_find(doctor, DOCTOR_FAULT), "fsync", db_get_text(row, 0, COLUMN_FSYNC));
    if (!text_equal(db_get_text(row, 0, COLUMN_FULL_PAGES), "on"))
        set_setting(doctor_find(doctor, DOCTOR_FAULT), "full_page_writes",
                    db_get_text(row, 0, COLUMN_FULL_PAGES));
    if (!text_equal(commit, "on") && !text_equal(commit, "remote_apply"))
        set_setting(doctor_find(doctor, text_equal(commit, "off") ? DOCTOR_FAULT : DOCTOR_WARNING),
                    "synchronous_commit", commit);
    if (!text_equal(db_get_text(row, 0, COLUMN_CHECKSUMS), "on"))
        err_set(doctor_find(doctor, DOCTOR_WARNING), ERR_FAILED_PRECONDITION, "DOCTOR_CHECKSUMS");
    db_result_free(row);
}

void doctor_encoding(Doctor *doctor)
{
    DbResult *row = ask(doctor, "doctor__settings");

    if (row == NULL)
        return;
    const char *encoding = db_get_text(row, 0, COLUMN_ENCODING), *ctype = db_get_text(row, 0, COLUMN_CTYPE);
    if (!text_equal(encoding, "UTF8")) {
        Err *err = doctor_find(doctor, DOCTOR_FAULT);
        err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_ENCODING");
        err_arg(err, "encoding", "%s", encoding);
    } else if (text_equal(ctype, "C") || text_equal(ctype, "POSIX")) {
        Err *err = doctor_find(doctor, DOCTOR_WARNING);
        err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_LOCALE");
        err_arg(err, "locale", "%s", ctype);
    }
    db_result_free(row);
}

/* Behind, ahead or changed: the reasons a start would give. */
void doctor_migrations(Doctor *doctor)
{
    const DbScope scope = {.mode = DB_MODE_READ,
                           .deadline_ms = doctor->clock->monotonic_ms(doctor->clock) + ASK_MS};
    MigrateStatus status;
    Err err = {0};

    if (doctor->db == NULL)
        return;
    ErrCode code = db_begin(doctor->db, &scope, &err);
    if (code == ERR_OK)
        code = migrate_check(doctor->db, sql_files, sql_files_count, &status, &err);
    db_rollback(doctor->db);
    if (code != ERR_OK)
        *doctor_find(doctor, DOCTOR_FAULT) = err;
}

/* The server must sign in as a role that row-level security binds, and that has its working roles. */
void doctor_roles(Doctor *doctor)
{
    DbResult *row = ask(doctor, "doctor__settings"), *roles = ask(doctor, "doctor__roles");

    if (row != NULL && db_get_bool(row, 0, COLUMN_POWERFUL)) {
        Err *err = doctor_find(doctor, DOCTOR_FAULT);
        err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_LOGIN_POWERFUL");
        err_arg(err, "role", "%s", db_get_text(row, 0, COLUMN_LOGIN));
    }
    for (size_t i = 0; roles != NULL && i < db_rows(roles); i++) {
        const char *role = db_get_text(roles, i, 0);

        if (db_get_bool(roles, i, 1)) {
            Err *err = doctor_find(doctor, DOCTOR_FAULT);
            err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_ROLE_POWERFUL");
            err_arg(err, "role", "%s", role);
        }
        if (db_get_bool(roles, i, 2)) {
            Err *err = doctor_find(doctor, DOCTOR_FAULT);
            err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_ROLE_LOST");
            err_arg(err, "role", "%s", role);
        }
    }
    db_result_free(row);
    db_result_free(roles);
}

/* The second wall, table by table. */
void doctor_policies(Doctor *doctor)
{
    DbResult *tables = ask(doctor, "doctor__tables");

    for (size_t i = 0; tables != NULL && i < db_rows(tables); i++) {
        const char *roles = db_get_text(tables, i, 2);

        if (db_get_bool(tables, i, 1)) {
            Err *err = doctor_find(doctor, DOCTOR_FAULT);
            err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_SECURITY_OFF");
            err_arg(err, "table", "%s", db_get_text(tables, i, 0));
        }
        if (*roles != '\0') {
            Err *err = doctor_find(doctor, DOCTOR_FAULT);
            err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_POLICY_MISSING");
            err_arg(err, "table", "%s", db_get_text(tables, i, 0));
            err_arg(err, "roles", "%s", roles);
        }
    }
    db_result_free(tables);
}

void doctor_indexes(Doctor *doctor)
{
    DbResult *indexes = ask(doctor, "doctor__indexes");

    for (size_t i = 0; indexes != NULL && i < db_rows(indexes); i++) {
        Err *err = doctor_find(doctor, DOCTOR_WARNING);
        err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_INDEX");
        err_arg(err, "index", "%s", db_get_text(indexes, i, 0));
        err_arg(err, "table", "%s", db_get_text(indexes, i, 1));
    }
    db_result_free(indexes);
}

/* A standby is of use only when commits wait for it and the server knows where to find it. */
void doctor_standbys(Doctor *doctor)
{
    DbResult *row = ask(doctor, "doctor__settings");

    if (row == NULL)
        return;
    int64_t standbys = db_get_int64(row, 0, COLUMN_STANDBYS);
    bool synchronous = *db_get_text(row, 0, COLUMN_SYNC_NAMES) != '\0';
    if (db_get_bool(row, 0, COLUMN_RECOVERY))
        err_set(doctor_find(doctor, DOCTOR_FAULT), ERR_UNAVAILABLE, "DATABASE_READ_ONLY");
    if (standbys > 0 && !synchronous)
        err_set(doctor_find(doctor, DOCTOR_WARNING), ERR_FAILED_PRECONDITION, "DOCTOR_STANDBY_ASYNC");
    if (standbys == 0 && synchronous)
        err_set(doctor_find(doctor, DOCTOR_FAULT), ERR_FAILED_PRECONDITION, "DOCTOR_STANDBY_MISSING");
    if (standbys > 0 && db_conninfo_hosts(doctor->app_conninfo) < 2)
        err_set(doctor_find(doctor, DOCTOR_WARNING), ERR_FAILED_PRECONDITION, "DOCTOR_STANDBY_HOSTS");
    db_result_free(row);
}

/* Times of receipts are this machine's, those of the audit's checks the database's. */
void doctor_clock(Doctor *doctor)
{
    DbResult *row = ask(doctor, "doctor__settings");

    if (row == NULL)
        return;
    int64_t skew = db_get_int64(row, 0, COLUMN_TIME) - doctor->clock->now_ms(doctor->clock);
    if (skew > SKEW_WARNING_MS || skew < -SKEW_WARNING_MS) {
        Err *err = doctor_find(doctor, llabs(skew) > SKEW_FAULT_MS ? DOCTOR_FAULT : DOCTOR_WARNING);
        err_set(err, ERR_FAILED_PRECONDITION, "DOCTOR_CLOCK");
        err_arg(err, "seconds", "%lld", llabs(skew) / 1000);
    }
    db_result_free(row);
}
