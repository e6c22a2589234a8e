/* A small region in a private cluster, shared by the tests of the stores: two districts with two schools
 * each, a person for each role. Every helper fails the running test on error. */
#ifndef TESTS_UNIT_SERVER_STORE_REGION_H
#define TESTS_UNIT_SERVER_STORE_REGION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/form/form.h"
#include "server/store/store_org.h"
#include "server/store/store_submission.h"
#include "tests/support/pg.h"

enum { REGION_NOW = 1700000000, REGION_SCHOOLS = 4, REGION_DISTRICTS = 2 };
#define REGION_NOW_MS (INT64_C(1000) * REGION_NOW)

/* Schools 0 and 1 stand in district 0, 2 and 3 in district 1. */
typedef struct Region {
    TestPg pg;
    Db *app, *owner;
    Arena *arena; /* emptied for each test */
    int64_t region, districts[REGION_DISTRICTS], schools[REGION_SCHOOLS];
    int64_t editors[REGION_SCHOOLS], coordinators[REGION_DISTRICTS], analyst, auditor;
} Region;

extern Region region;

/* cmocka fixtures: of the group, and of each test (no transaction open, a fresh arena). */
int region_start(void **state);
int region_stop(void **state);
int region_setup(void **state);
int region_teardown(void **state);

/* The app connection in a transaction as... */
void begin_school(int school);
void begin_district(int district);
void begin_region(void);
void begin_auditor(void);
void begin_writer(const DbScope *scope);
void begin_role(DbRole role, DbMode mode);
void commit(void);
void rollback(void);

DbScope scope_school(int school);
DbScope scope_district(int district);
DbScope scope_region(void);

/* Fails with the database's own words when the call did. */
#define OK(call) region_ok((call), #call, __FILE__, __LINE__)
void region_ok(ErrCode code, const char *what, const char *file, int line);
/* The call must fail with this code and reason. */
#define REFUSED(call, code, reason) region_refused((call), (code), (reason), #call, __FILE__, __LINE__)
void region_refused(ErrCode got, ErrCode code, const char *reason, const char *what, const char *file,
                    int line);
extern Err err; /* what the calls write into */

/* The single number the SQL text gives, asked as the owner of the database (no policies). */
int64_t region_number(const char *sql);
/* True when the owner's statement is refused by the database. */
bool region_sql_refused(const char *sql);

/* Two forms: one with two rows and two fields, the identification. */
extern const FormDef form_results, form_identification;
FormCell cell_number(const char *section, const char *row, const char *field, int64_t number);
FormCell cell_kind(const char *section, const char *row, const char *field, ValueKind kind);

/* A stored submission of a school: state 3, revision 1, with the given cells. */
int64_t submission_make(int school, const char *period, int source, const FormCell *cells, size_t count);

#endif
