/* The shared region: made once for each test program. Invariant: between tests no transaction is open.
 * Must not hide what a test is about: it only builds what every test needs. */
#include "tests/unit/server_store/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/store_access.h"
#include "server/store/store_cell.h"
#include "server/store/store_review.h"

Region region;
Err err;

static const RowDef result_rows[] = {{.code = "VPR.RUS.5"}, {.code = "VPR.MATH.5"}, {.code = "OGE.MATH"}};
static const FieldDef result_fields[] = {{.code = "participants", .type = FIELD_COUNT},
                                         {.code = "below_min", .type = FIELD_COUNT}};
static const SectionDef result_sections[] = {
    {.code = "results", .rows = result_rows, .row_count = 3, .fields = result_fields, .field_count = 2}};
const FormDef form_results = {
    .code = "assessment_results", .version = 1, .sections = result_sections, .section_count = 1};

static const ChoiceDef typologies[] = {{.code = "DISADVANTAGED", .number = 1}, {.code = "WELL", .number = 5}};
static const ChoiceDef groups[] = {{.code = "low_results", .number = 1}, {.code = "at_risk", .number = 3}};
static const RowDef identification_rows[] = {{.code = ""}};
static const FieldDef identification_fields[] = {
    {.code = "wellbeing_group", .type = FIELD_COUNT},
    {.code = "quality_group", .type = FIELD_COUNT},
    {.code = "quality_cluster", .type = FIELD_COUNT},
    {.code = "declared_typology", .type = FIELD_CHOICE, .choices = typologies, .choice_count = 2},
    {.code = "support_group", .type = FIELD_CHOICE, .choices = groups, .choice_count = 2},
    {.code = "listed", .type = FIELD_CHOICE}};
static const SectionDef identification_sections[] = {{.code = "groups",
                                                      .rows = identification_rows,
                                                      .row_count = 1,
                                                      .fields = identification_fields,
                                                      .field_count = 6}};
const FormDef form_identification = {
    .code = "identification", .version = 2, .sections = identification_sections, .section_count = 1};

void region_ok(ErrCode code, const char *what, const char *file, int line)
{
    if (code == ERR_OK)
        return;
    print_error("%s:%d: %s: %s %s; %s | %s\n", file, line, what, err_code_name(code), err.reason,
                db_last_message(region.app), region.owner ? db_last_message(region.owner) : "");
    _fail(file, line);
}

void region_refused(ErrCode got, ErrCode code, const char *reason, const char *what, const char *file,
                    int line)
{
    if (got == code && strcmp(err.reason, reason) == 0)
        return;
    print_error("%s:%d: %s: %s %s instead of %s %s; %s\n", file, line, what, err_code_name(got),
                got == ERR_OK ? "" : err.reason, err_code_name(code), reason, db_last_message(region.app));
    _fail(file, line);
}

static int64_t org_make(const char *code, OrgKind kind, const char *parent, const char *number)
{
    char name[64];
    OrgChange change;
    OrgRow row = {.code = code, .kind = kind, .parent_code = parent, .number = number, .name = name};
    snprintf(name, sizeof name, "Организация %s", code);
    row.school_kind = kind == ORG_SCHOOL ? "sosh" : "";
    OK(org_store_upsert(region.owner, &row, &change, &err));
    assert_int_equal(change, ORG_CREATED);
    OK(org_store_find(region.owner, code, region.arena, &row, &err));
    return row.id;
}

static int64_t person_make(const char *login, int role, const char *org)
{
    int64_t id = 0;
    OK(access_store_add_principal(region.owner, login, login, role, org, &id, &err));
    return id;
}

static void region_fill(void)
{
    static const char *const districts[] = {"d1", "d2"};
    static const char *const schools[] = {"d1-s1", "d1-s2", "d2-s1", "d2-s2"};
    static const char *const editors[] = {"editor1", "editor2", "editor3", "editor4"};
    static const char *const coordinators[] = {"coordinator1", "coordinator2"};

    region.region = org_make("r66", ORG_REGION, "", "");
    for (int i = 0; i < REGION_DISTRICTS; i++) {
        region.districts[i] = org_make(districts[i], ORG_DISTRICT, "r66", "");
        region.coordinators[i] = person_make(coordinators[i], 3, districts[i]);
    }
    for (int i = 0; i < REGION_SCHOOLS; i++) {
        region.schools[i] = org_make(schools[i], ORG_SCHOOL, districts[i / 2], i % 2 ? "2" : "1");
        region.editors[i] = person_make(editors[i], 1, schools[i]);
    }
    region.analyst = person_make("analyst", 4, "r66");
    region.auditor = person_make("auditor", 7, "r66");
}

int region_start(void **state)
{
    (void)state;
    test_pg_start(&region.pg);
    test_pg_migrate(&region.pg);
    region.owner = test_pg_owner(&region.pg);
    region.app = test_pg_app(&region.pg);
    region.arena = arena_new(1 << 20, NULL);
    assert_non_null(region.arena);
    region_fill();
    arena_free(region.arena);
    return 0;
}

int region_stop(void **state)
{
    (void)state;
    db_close(region.app);
    db_close(region.owner);
    test_pg_stop(&region.pg);
    return 0;
}

int region_setup(void **state)
{
    (void)state;
    memset(&err, 0, sizeof err);
    region.arena = arena_new(64 << 20, NULL);
    return region.arena == NULL;
}

int region_teardown(void **state)
{
    (void)state;
    db_rollback(region.app);
    db_rollback(region.owner);
    arena_free(region.arena);
    return 0;
}

DbScope scope_school(int school)
{
    return (DbScope){.role = DB_ROLE_SCHOOL,
                     .principal_id = region.editors[school],
                     .school_ids = &region.schools[school],
                     .school_count = 1,
                     .above_ids = &region.districts[school / 2],
                     .above_count = 1};
}

DbScope scope_district(int district)
{
    return (DbScope){.role = DB_ROLE_DISTRICT,
                     .principal_id = region.coordinators[district],
                     .district_id = region.districts[district],
                     .above_ids = &region.region,
                     .above_count = 1};
}

DbScope scope_region(void)
{
    return (DbScope){.role = DB_ROLE_REGION, .principal_id = region.analyst, .region = true};
}

static void begin(const DbScope *scope)
{
    OK(db_begin(region.app, scope, &err));
}

void begin_school(int school)
{
    DbScope scope = scope_school(school);
    begin(&scope);
}

void begin_district(int district)
{
    DbScope scope = scope_district(district);
    begin(&scope);
}

void begin_region(void)
{
    DbScope scope = scope_region();
    begin(&scope);
}

void begin_auditor(void)
{
    DbScope scope = {.role = DB_ROLE_AUDITOR, .principal_id = region.auditor, .region = true};
    begin(&scope);
}

void begin_writer(const DbScope *scope)
{
    DbScope writer = *scope;
    writer.role = DB_ROLE_WRITER;
    begin(&writer);
}

void begin_role(DbRole role, DbMode mode)
{
    DbScope scope = {.role = role, .mode = mode};
    begin(&scope);
}

void commit(void)
{
    OK(db_commit(region.app, &err));
}

void rollback(void)
{
    db_rollback(region.app);
}

int64_t region_number(const char *sql)
{
    char text[1024];
    Err told = {0};
    /* A script gives no rows: the number comes back in the words of an error. */
    snprintf(text, sizeof text, "do $$ begin raise exception 'number=%%;', (%s); end $$", sql);
    assert_int_not_equal(db_script(region.owner, text, &told), ERR_OK);
    const char *number = strstr(db_last_message(region.owner), "number=");
    if (number == NULL)
        fail_msg("%s: %s", sql, db_last_message(region.owner));
    return strtoll(number + strlen("number="), NULL, 10);
}

bool region_sql_refused(const char *sql)
{
    Err ignored = {0};
    return db_script(region.owner, sql, &ignored) != ERR_OK;
}

FormCell cell_number(const char *section, const char *row, const char *field, int64_t number)
{
    return (FormCell){section, row, field, {VALUE_NUMBER, number}};
}

FormCell cell_kind(const char *section, const char *row, const char *field, ValueKind kind)
{
    return (FormCell){section, row, field, {kind, 0}};
}

int64_t submission_make(int school, const char *period, int source, const FormCell *cells, size_t count)
{
    static const uint8_t hash[CONTENT_HASH_SIZE] = {7};
    int64_t district = region.districts[school / 2], id = 0, who = region.editors[school];
    DbScope scope = scope_region();
    SubmissionWrite write = {.school_id = region.schools[school],
                             .district_id = district,
                             .form_code = "assessment_results",
                             .form_version = 1,
                             .period = period,
                             .source = source,
                             .state = 3,
                             .revision = 1,
                             .content_hash = hash,
                             .origin = "file.csv",
                             .at_ms = REGION_NOW_MS,
                             .principal_id = who,
                             .submits = true};
    begin_writer(&scope);
    OK(submission_store_insert(region.app, &write, &id, &err));
    CellWrite cell_write = {id, region.schools[school], district, 1, who, REGION_NOW_MS};
    OK(cell_store_write(region.app, &cell_write, cells, count, NULL, &err));
    EventRow event = {.submission_id = id,
                      .school_id = region.schools[school],
                      .district_id = district,
                      .revision = 1,
                      .event = "SUBMIT",
                      .to_state = 3,
                      .principal_id = who,
                      .at_ms = REGION_NOW_MS};
    OK(event_store_add(region.app, &event, NULL, &err));
    commit();
    return id;
}
