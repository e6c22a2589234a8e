/* Row-level security on one connection of the server's login: a thousand changes of role and scope over
 * prepared statements, each counting every table that has a policy. The expected counts are asked of the
 * owner, whom no policy binds, with predicates written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/core/buf.h"
#include "common/core/text.h"
#include "server/store/store_submission.h"
#include "tests/integration/bad.h"

enum { TABLES_MAX = 40, CHANGES = 1000, PREDICATE_SIZE = 160, SCRIPT_MAX = 16 << 10 };

/* A scope, and which rows it may see: by school and district, and of the organisations themselves. */
typedef struct Sight {
    const char *name;
    DbScope scope;
    char rows[PREDICATE_SIZE], orgs[PREDICATE_SIZE];
    int64_t expected[TABLES_MAX]; /* -1: the role may not read the table at all */
} Sight;

enum { SIGHTS = 26 };

static Bad bad;
static char tables[TABLES_MAX][64];
static size_t table_count;
static int64_t schools[WORLD_SCHOOLS], districts[2], above[2];
static Sight sights[SIGHTS];
static size_t sight_count;

static int64_t id_of(const char *code)
{
    return sql_number(bad.owner, "select id from shans.org where code = '%s'", code);
}

/* Rows of what the world leaves empty, one for each submission or school. */
static void fill_rest(void)
{
    sql_run(
        bad.owner,
        "insert into shans.cell_mark (submission_id, school_id, district_id, revision, section, row_code, "
        "field, comment, made_by, made_at) select id, school_id, district_id, 1, 'results', 'OGE.MATH', "
        "'participants', 'x', changed_by, now() from shans.submission");
    sql_run(bad.owner, "insert into shans.fact_identification (school_id, district_id, year, submission_id, "
                       "revision) select school_id, district_id, 2022, id, 1 from shans.submission");
    sql_run(bad.owner,
            "insert into shans.import_issue (rule, severity, school_id, district_id, created_at, created_by) "
            "select 'X', 1, school_id, district_id, now(), changed_by from shans.submission");
    sql_run(
        bad.owner,
        "insert into shans.official_document (kind, on_date, issuer) values ('order', '2021-01-01', 'x'), "
        "('letter', '2021-01-01', 'x')");
    sql_run(bad.owner, "insert into shans.school_group (code, meaning, title_ru, valid, document_id) "
                       "select 'g', kind, 'Г', '[2021-01-01,)', id from shans.official_document");
    sql_run(bad.owner,
            "insert into shans.group_member (group_id, school_id, district_id, valid, document_in, approved, "
            "added_at, "
            "added_by) select g.id, s.id, s.district_id, '[2021-01-01,)', d.id, d.approves, now(), 1 from "
            "shans.school_group g join shans.official_document d on d.id = g.document_id, shans.org s where "
            "s.kind = 3");
    sql_run(bad.owner,
            "insert into shans.submission_document (submission_id, revision, school_id, district_id, "
            "document_id) select s.id, 1, school_id, district_id, d.id from shans.submission s, "
            "shans.official_document d where d.approves");
    sql_run(bad.owner,
            "insert into shans.confirmation (submission_id, revision, school_id, district_id, principal_id, "
            "at) select id, 1, school_id, district_id, changed_by, now() from shans.submission");
    sql_run(bad.owner, "insert into shans.dispute (submission_id, revision, school_id, district_id, section, "
                       "row_code, field, "
                       "delivered_kind, delivered_number, claimed_kind, claimed_number, reason, state, "
                       "made_by, made_at) select id, "
                       "1, school_id, district_id, 'results', 'OGE.MATH', 'mark2', 1, 7, 1, 6, 'x', 1, "
                       "changed_by, now() from "
                       "shans.submission");
    sql_run(
        bad.owner,
        "insert into shans.access_log (at, principal_id, login, role, office_id, office_district_id, method, "
        "org_id, district_id, row_count, request_id) select now(), person.id, login, role, person.org_id, "
        "person.district_id, 'm', place.org_id, place.district_id, 1, gen_random_uuid() from "
        "shans.principal person, (select id as org_id, district_id from shans.org union all select null, "
        "null) place");
    sql_run(bad.owner,
            "insert into shans.token_use select id, now() from shans.token on conflict do nothing");
    sql_run(bad.owner, "insert into shans.refusal_log values (now(), 'X', '', 1, now())");
    sql_run(
        bad.owner,
        "insert into shans.curator_assignment (principal_id, person_org_id, school_id, district_id, valid, "
        "document, assigned_at) select person.id, person.org_id, school.id, school.district_id, "
        "daterange('2001-01-01', '2001-02-01'), 'x', now() from shans.principal person, shans.org school "
        "where "
        "login = 'curator2' and kind = 3");
    sql_run(bad.owner,
            "insert into shans.org_link (predecessor_id, successor_id, on_date, kind) select a.id, b.id, "
            "'2020-01-01', 'split' from shans.org a, shans.org b where (a.code, b.code) in (('a-1', 'a-2'), "
            "('b-1', 'b-2'), ('a-2', 'b-2'))");
}

static Sight *add_sight(const char *name, DbRole role, const char *rows, const char *orgs)
{
    Sight *sight = &sights[sight_count++];

    sight->name = name;
    sight->scope.role = role;
    text_copy(sight->rows, sizeof sight->rows, rows);
    text_copy(sight->orgs, sizeof sight->orgs, orgs);
    return sight;
}

static void add_school(const char *name, DbRole role, size_t first, size_t count, bool with_above)
{
    char rows[PREDICATE_SIZE], orgs[PREDICATE_SIZE];
    long long from = schools[first], to = schools[first + count - 1];

    snprintf(rows, sizeof rows, "school_id in (%lld, %lld)", from, to);
    snprintf(orgs, sizeof orgs, "id in (%lld, %lld, %lld, %lld)", from, to,
             (long long)(with_above ? above[0] : 0), (long long)(with_above ? above[1] : 0));
    Sight *sight = add_sight(name, role, rows, orgs);
    sight->scope.school_ids = &schools[first];
    sight->scope.school_count = count;
    sight->scope.above_ids = above;
    sight->scope.above_count = with_above ? 2 : 0;
}

static void add_district(const char *name, DbRole role, size_t district)
{
    char rows[PREDICATE_SIZE];

    snprintf(rows, sizeof rows, "district_id = %lld", (long long)districts[district]);
    add_sight(name, role, rows, rows)->scope.district_id = districts[district];
}

static void make_sights(void)
{
    add_school("school a-1", DB_ROLE_SCHOOL, 0, 1, true);
    add_school("school b-2", DB_ROLE_SCHOOL, 3, 1, false);
    add_school("school a-1 with what it absorbed", DB_ROLE_SCHOOL, 0, 2, true);
    add_school("writer for a-2", DB_ROLE_WRITER, 1, 1, false);
    add_district("district a", DB_ROLE_DISTRICT, 0);
    add_district("district b", DB_ROLE_DISTRICT, 1);
    add_district("writer for district b", DB_ROLE_WRITER, 1);
    add_sight("region", DB_ROLE_REGION, "true", "true")->scope.region = true;
    add_sight("auditor", DB_ROLE_AUDITOR, "true", "true")->scope.region = true;
    add_sight("writer for the region", DB_ROLE_WRITER, "true", "true")->scope.region = true;
    add_sight("school of nothing", DB_ROLE_SCHOOL, "false", "false");
    add_sight("district of nothing", DB_ROLE_DISTRICT, "false", "false");
    add_sight("region not set", DB_ROLE_REGION, "false", "false");
    add_sight("auditor not set", DB_ROLE_AUDITOR, "false", "false");
    add_sight("writer not set", DB_ROLE_WRITER, "false", "false");
    add_school("curator of b-1", DB_ROLE_CURATOR, 2, 1, true);
    add_school("curator of two districts", DB_ROLE_CURATOR, 1, 2, false);
    add_sight("curator of nothing", DB_ROLE_CURATOR, "false", "false");
    add_district("accounts of district a", DB_ROLE_ACCOUNTS_DISTRICT, 0);
    add_district("accounts of district b", DB_ROLE_ACCOUNTS_DISTRICT, 1);
    add_sight("accounts of the region", DB_ROLE_ACCOUNTS_REGION, "true", "true")->scope.region = true;
    add_sight("accounts of no district", DB_ROLE_ACCOUNTS_DISTRICT, "false", "false");
    add_sight("accounts of no region", DB_ROLE_ACCOUNTS_REGION, "false", "false");
    add_sight("own accounts of nobody", DB_ROLE_ACCOUNTS_SELF, "false", "false");
    add_sight("log", DB_ROLE_LOG, "true", "true");
    for (size_t s = 0; s < sight_count; s++)
        sights[s].scope.principal_id =
            sql_number(bad.owner, "select id from shans.principal where login = 'curator2'");
    assert_in_range(sight_count, 1, SIGHTS);
}

/* Rows of accounts, tokens, curators and logs: not by school alone. $ROWS is the sight's own predicate. */
static const struct {
    const char *table;
    unsigned roles; /* bits of DbRole the row is for; 0: every other one */
    const char *rows;
} special[] = {
    {"principal", 1u << DB_ROLE_ACCOUNTS_SELF, "login = 'curator2'"},
    {"principal", 1u << DB_ROLE_ACCOUNTS_DISTRICT | 1u << DB_ROLE_ACCOUNTS_REGION, "$ROWS"},
    {"principal", 0, "true"}, /* names stand in everybody's lists */
    {"token", 1u << DB_ROLE_ACCOUNTS_SELF,
     "principal_id in (select id from shans.principal where login = 'curator2')"},
    {"token", 0, "principal_id in (select id from shans.principal where $ROWS)"},
    {"token_use", 1u << DB_ROLE_ACCOUNTS_SELF,
     "token_id in (select id from shans.token where principal_id in (select id from shans.principal where "
     "login = 'curator2'))"},
    {"token_use", 0,
     "token_id in (select token.id from shans.token join shans.principal on principal.id = principal_id "
     "where $ROWS)"},
    {"curator_assignment", 1u << DB_ROLE_CURATOR,
     "$ROWS and principal_id in (select id from shans.principal where login = 'curator2')"},
    {"curator_assignment", 0, "$ROWS"},
    {"access_log", 1u << DB_ROLE_SCHOOL,
     "org_id in (select id from shans.org where $ORGS) or (org_id is null and "
     "exists (select from shans.org where $ORGS))"},
    {"access_log", 1u << DB_ROLE_DISTRICT,
     "$ROWS or office_district_id in (select district_id from shans.org where $ROWS) or (org_id is null and "
     "exists (select from shans.org where $ROWS))"},
    {"access_log", 1u << DB_ROLE_REGION, "office_district_id is null and $ROWS"},
    {"access_log", 0, "$ROWS"},
    {"audit_log", 1u << DB_ROLE_DISTRICT, "principal_id in (select id from shans.principal where $ROWS)"},
    {"audit_log", 1u << DB_ROLE_REGION,
     "principal_id in (select id from shans.principal where district_id is null) and $ROWS"},
    {"audit_log", 0, "$ROWS"},
    {"refusal_log", 0, "$ROWS"},
};

static const char *special_rows(const Sight *sight, const char *table)
{
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (text_equal(special[i].table, table) &&
            (special[i].roles == 0 || (special[i].roles & 1u << sight->scope.role) != 0))
            return special[i].rows;
    }
    return NULL;
}

/* The text with $ROWS and $ORGS put in. */
static void put_predicates(const Sight *sight, const char *text, Buf *buf)
{
    while (*text != '\0') {
        if (strncmp(text, "$ROWS", 5) == 0 || strncmp(text, "$ORGS", 5) == 0) {
            buf_text(buf, text[1] == 'R' ? sight->rows : sight->orgs);
            text += 5;
        } else {
            buf_char(buf, *text++);
        }
    }
    assert_false(buf->failed);
}

static int64_t expect_special(const Sight *sight, const char *table, const char *rows)
{
    Buf buf;

    buf_init(&buf, 4096);
    put_predicates(sight, rows, &buf);
    int64_t count = sql_number(bad.owner, "select count(*) from shans.%s where %s", table, buf.data);
    buf_done(&buf);
    return count;
}

/* How many rows of a table the sight should give. */
static int64_t expect(const Sight *sight, const char *table)
{
    const char *rows = special_rows(sight, table);
    char orgs[512];

    if (sql_number(bad.owner, "select has_any_column_privilege('%s', 'shans.%s', 'select')::int",
                   db_role_name(sight->scope.role), table) == 0)
        return -1;
    if (rows != NULL)
        return expect_special(sight, table, rows);
    if (sight->scope.role == DB_ROLE_ACCOUNTS_SELF || sight->scope.role == DB_ROLE_LOG)
        return 0; /* may name an organisation, sees none */
    snprintf(orgs, sizeof orgs, "select id from shans.org where %s", sight->orgs);
    if (text_equal(table, "org"))
        return sql_number(bad.owner, "select count(*) from (%s) as seen", orgs);
    if (text_equal(table, "org_version"))
        return sql_number(bad.owner, "select count(*) from shans.org_version where org_id in (%s)", orgs);
    if (text_equal(table, "org_link"))
        return sql_number(
            bad.owner,
            "select count(*) from shans.org_link where predecessor_id in (%s) or successor_id in "
            "(%s)",
            orgs, orgs);
    /* below the ministry: the words of the dictionary, and of documents and memberships what is approved */
    bool below = sight->scope.role == DB_ROLE_SCHOOL || sight->scope.role == DB_ROLE_DISTRICT;
    if (text_equal(table, "school_group") || text_equal(table, "official_document"))
        return sql_number(bad.owner, "select count(*) from shans.%s where %s", table,
                          !below                              ? sight->rows
                          : text_equal(table, "school_group") ? "true"
                                                              : "approves");
    return sql_number(bad.owner, "select count(*) from shans.%s where %s%s", table, sight->rows,
                      below && text_equal(table, "group_member") ? " and approved" : "");
}

/* shans.probe.expect raises when a count is not the expected one, so that a prepared statement judges
 * itself. */
static const char *const judge =
    "create schema probe; grant usage on schema probe to public;"
    "create function probe.expect(place text, have bigint, want bigint) returns void language plpgsql as $$ "
    "begin if have <> want then raise exception '%: % rows, expected %', place, have, want; end if; end $$;"
    "create function probe.closed(place text) returns void language plpgsql as $$ begin "
    "execute format('select 1 from shans.%I limit 1', place); raise exception '% can be read', place; "
    "exception when insufficient_privilege then null; end $$";

static int start(void **state)
{
    (void)state;
    bad_start(&bad);
    fill_rest();
    for (size_t i = 0; i < WORLD_SCHOOLS; i++)
        schools[i] = id_of(bad.world.schools[i].code);
    districts[0] = above[0] = id_of("a");
    districts[1] = id_of("b");
    above[1] = id_of("r");
    make_sights();
    sql_run(bad.owner, judge);
    table_count = (size_t)sql_number(bad.owner, "select count(distinct polrelid) from pg_policy");
    assert_in_range(table_count, 10, TABLES_MAX);
    for (size_t i = 0; i < table_count; i++)
        text_copy(tables[i], sizeof tables[i],
                  sql_text(bad.owner,
                           "select distinct relname from pg_class join pg_policy on polrelid = pg_class.oid "
                           "order by relname offset %zu limit 1",
                           i));
    for (size_t s = 0; s < sight_count; s++) {
        for (size_t i = 0; i < table_count; i++)
            sights[s].expected[i] = expect(&sights[s], tables[i]);
    }
    bad_begin(&bad);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    bad_end(&bad);
    bad_stop(&bad);
    return 0;
}

/* Every table has rows, the region sees them all, and each narrower sight some and not all. */
static void expectations_say_something(void **state)
{
    (void)state;
    for (size_t i = 0; i < table_count; i++) {
        int64_t all = sql_number(bad.owner, "select count(*) from shans.%s", tables[i]);
        if (all == 0)
            fail_msg("%s is empty: nothing would be proved", tables[i]);
        for (size_t s = 0; s < sight_count; s++) {
            int64_t seen = sights[s].expected[i];
            assert_in_range(seen + 1, 0, (uint64_t)all + 1);
            if (sights[s].scope.role == DB_ROLE_DISTRICT && sights[s].scope.district_id != 0 && seen >= 0 &&
                !text_equal(tables[i], "principal"))
                assert_in_range(seen, 1, (uint64_t)all - !text_equal(tables[i], "school_group"));
        }
    }
}

static void prepare(Db *db)
{
    char sql[320];

    for (size_t i = 0; i < table_count; i++) {
        snprintf(
            sql, sizeof sql,
            "prepare count_%s (bigint) as select probe.expect('%s', (select count(*) from shans.%s), $1)",
            tables[i], tables[i], tables[i]);
        test_pg_sql(db, sql);
    }
}

/* One script: every table counted within the transaction's scope. */
static void count_all(Db *db, const Sight *sight, Buf *buf)
{
    Err err = {0};

    buf_clear(buf);
    for (size_t i = 0; i < table_count; i++) {
        if (sight->expected[i] >= 0)
            buf_printf(buf, "execute count_%s (%lld);", tables[i], (long long)sight->expected[i]);
        else
            buf_printf(buf, "select probe.closed('%s');", tables[i]);
    }
    assert_false(buf->failed);
    if (db_script(db, buf->data, &err) != ERR_OK)
        fail_msg("%s: %s", sight->name, db_last_message(db));
}

/* The roles that people's lists are read with. */
static bool reads_lists(DbRole role)
{
    return role == DB_ROLE_SCHOOL || role == DB_ROLE_DISTRICT || role == DB_ROLE_REGION ||
           role == DB_ROLE_AUDITOR || role == DB_ROLE_CURATOR;
}

/* The product's own prepared statement beside them. */
static void list_submissions(Db *db, const Sight *sight, Arena *arena)
{
    const SubmissionFilter filter = {.limit = 100};
    SubmissionRow *rows;
    size_t count;
    Err err = {0};

    assert_int_equal(submission_store_list(db, &filter, arena, &rows, &count, &err), ERR_OK);
    for (size_t i = 0; i < table_count; i++) {
        if (text_equal(tables[i], "submission"))
            assert_int_equal(count, sight->expected[i]);
    }
}

static void a_thousand_changes_of_role(void **state)
{
    Rand rand = rand_seeded(7);
    Db *db = test_pg_app(&bad.world.pg);
    size_t counted = 0;
    Buf buf;

    (void)state;
    buf_init(&buf, SCRIPT_MAX);
    prepare(db);
    for (size_t i = 0; i < CHANGES; i++) {
        Sight *sight = &sights[rand_below(&rand, sight_count)];
        Arena *arena = arena_new(1 << 20, NULL);
        Err err = {0};
        sight->scope.mode = rand_below(&rand, 2) == 0 ? DB_MODE_READ : DB_MODE_WRITE;
        assert_int_equal(db_begin(db, &sight->scope, &err), ERR_OK);
        count_all(db, sight, &buf);
        if (reads_lists(sight->scope.role))
            list_submissions(db, sight, arena);
        counted += table_count;
        if (rand_below(&rand, 3) == 0)
            db_rollback(db);
        else
            assert_int_equal(db_commit(db, &err), ERR_OK);
        arena_free(arena);
    }
    buf_done(&buf);
    db_close(db);
    print_message("%d changes of role, %zu counts over %zu tables, 0 rows of others\n", CHANGES, counted,
                  table_count);
}

/* The committer changes the scope inside one transaction, operation by operation. */
static void the_writer_changes_scope_within_a_transaction(void **state)
{
    Rand rand = rand_seeded(8);
    Db *db = test_pg_app(&bad.world.pg);
    const DbScope nothing = {.role = DB_ROLE_WRITER};
    Buf buf;
    Err err = {0};

    (void)state;
    buf_init(&buf, SCRIPT_MAX);
    prepare(db);
    assert_int_equal(db_begin(db, &nothing, &err), ERR_OK);
    for (size_t i = 0; i < 200; i++) {
        const Sight *sight = &sights[rand_below(&rand, sight_count)];
        if (sight->scope.role != DB_ROLE_WRITER)
            continue;
        assert_int_equal(db_set_scope(db, &sight->scope, &err), ERR_OK);
        count_all(db, sight, &buf);
    }
    db_rollback(db);
    buf_done(&buf);
    db_close(db);
}

/* ---- probes ---- */

/* $ID: a submission, $SCHOOL and $DISTRICT: of the other, $OWN and $HERE: own. state "": goes through; "*":
 * any (the grants or a unique key decide). */
static const struct {
    const char *sql; /* $ID: a submission, $SCHOOL and $DISTRICT: of the other, $OWN and $HERE: own */
    const char *state;
} probes[] = {
    {"update shans.submission set origin = 'x' where id = $ID", ""},
    {"delete from shans.fact_result where submission_id = $ID", "*"},
    {"select 1 from shans.submission where id = $ID for update", ""},
    {"insert into shans.submission (school_id, district_id, form_code, form_version, period, source, "
     "state, "
     "revision, content_hash, changed_at, changed_by, submitted_at, submitted_by) select $SCHOOL, "
     "$DISTRICT, "
     "'assessment_results', 1, '2022', 1, 3, 1, decode(repeat('00', 32), 'hex'), now(), 1, now(), 1 on "
     "conflict do nothing",
     "42501"},
    {"insert into shans.submission (id, school_id, district_id, form_code, form_version, period, source, "
     "state, revision, content_hash, changed_at, changed_by, submitted_at, submitted_by) overriding "
     "system "
     "value select $ID, $OWN, $HERE, 'assessment_results', 1, '1999', 1, 3, 1, decode(repeat('00', 32), "
     "'hex'), now(), 1, now(), 1 on conflict (id) do update set origin = 'x'",
     "*"},
    {"insert into shans.cell_revision (submission_id, revision, section, row_code, field, school_id, "
     "district_id, kind, number, author_id, at, year) values ($ID, 99, 'results', 'OGE.MATH', "
     "'participants', $OWN, $HERE, 1, 1, 1, now(), 2022)",
     "23503"},
    {"insert into shans.submission_event (submission_id, school_id, district_id, revision, event, "
     "from_state, "
     "to_state, principal_id, at) values ($ID, $OWN, $HERE, 1, 'ACCEPT', 3, 5, 1, now())",
     "23503"},
    {"insert into shans.cell_mark (submission_id, school_id, district_id, revision, section, row_code, "
     "field, "
     "comment, made_by, made_at) values ($ID, $OWN, $HERE, 1, 'results', 'OGE.MATH', 'mark2', 'x', 1, "
     "now())",
     "23503"},
    {"insert into shans.fact_result (school_id, district_id, year, procedure, source, held, "
     "participants, "
     "below, submission_id, revision) values ($OWN, $HERE, 2050, 'OGE.MATH', 1, true, 1, 0, $ID, 1)",
     "23503"},
    {"insert into shans.import_issue (rule, severity, school_id, district_id, created_at, created_by) "
     "values "
     "('X', 1, $SCHOOL, $DISTRICT, now(), 1) on conflict do nothing",
     "42501"},
};

typedef struct Name {
    const char *name;
    int64_t value;
} Name;

static void substitute(const char *text, const Name *names, size_t count, Buf *buf)
{
    buf_clear(buf);
    while (*text != '\0') {
        size_t i = 0;
        while (i < count && strncmp(text, names[i].name, strlen(names[i].name)) != 0)
            i++;
        if (i == count) {
            buf_char(buf, *text++);
            continue;
        }
        buf_printf(buf, "%lld", (long long)names[i].value);
        text += strlen(names[i].name);
    }
    assert_false(buf->failed);
}

/* Runs it as that role within district b; what is there is committed when it goes through. */
static void run_probe(Sql *app, const char *role, const char *text, bool there, char *ret_state)
{
    const Name names[] = {
        {"$ID", there ? (int64_t)bad.world.schools[0].submission : 987654},
        {"$SCHOOL", there ? schools[0] : 987654},
        {"$DISTRICT", districts[0]},
        {"$OWN", schools[2]},
        {"$HERE", districts[1]},
    };
    Buf buf;

    buf_init(&buf, SCRIPT_MAX);
    buf_printf(&buf, "begin; set local role %s; set local shans.district = '%lld'", role,
               (long long)districts[1]);
    sql_run(app, buf.data);
    substitute(text, names, sizeof names / sizeof *names, &buf);
    sql_try(app, buf.data, ret_state);
    sql_run(app, there && *ret_state == '\0' ? "commit" : "rollback");
    buf_done(&buf);
}

/* Statements of district b, and of the writer for it, about school a-1: what goes through changes nothing,
 * and what fails fails alike whether the row is there or not. */
static void probes_reveal_and_change_nothing(void **state)
{
    static const char *const roles[] = {"shans_district", "shans_writer"};
    Sql *app = sql_open(&bad.world.pg, "shans_app");
    const size_t count = sizeof probes / sizeof *probes;

    (void)state;
    bad_note(&bad);
    for (size_t i = 0; i < 2 * count; i++) {
        const char *expected = probes[i % count].state;
        char there[6], not_there[6];
        run_probe(app, roles[i / count], probes[i % count].sql, true, there);
        run_probe(app, roles[i / count], probes[i % count].sql, false, not_there);
        if (*expected != '*' && (!text_equal(there, expected) || !text_equal(not_there, expected)))
            fail_msg("%s, %.60s: '%s' when there, '%s' when not, expected '%s'", roles[i / count],
                     probes[i % count].sql, there, not_there, expected);
        bad.cases++;
        bad_unharmed(&bad, "a probe");
    }
    sql_close(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expectations_say_something),
        cmocka_unit_test(a_thousand_changes_of_role),
        cmocka_unit_test(the_writer_changes_scope_within_a_transaction),
        cmocka_unit_test(probes_reveal_and_change_nothing),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
