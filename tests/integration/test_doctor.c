/* The doctor finds what was planted: one fault at a time, by its name, with a sentence that says what to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/reason.h"
#include "server/doctor.h"
#include "server/doctor_checks.h"
#include "server/store/db_error.h"
#include "server/store/embedded_place.h"
#include "tests/support/pg.h"

enum { PATH_SIZE = 200, WAIT_MS = 15000, STEP_MS = 20, TEXT_SIZE = 1 << 17 };
#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

extern char **environ;

static TestPg pg;
static Db *owner;
static char app_conninfo[TEST_CONNINFO_SIZE], server[PATH_SIZE], bin[PLACE_PATH_SIZE];
static char cert[PATH_SIZE], key[PATH_SIZE], other_key[PATH_SIZE];
static ServerOptions options;
static Doctor doctor;
static size_t faults_seen;

/* ---- time that can be moved ---- */

static int64_t shift_ms;

static int64_t shifted_now(const Clock *clock)
{
    (void)clock;
    return clock_system.now_ms(&clock_system) + shift_ms;
}

static Clock shifted_clock(void)
{
    Clock clock = clock_system;

    clock.now_ms = shifted_now;
    return clock;
}

static Clock test_clock;

/* ---- processes ---- */

static int wait_exit(pid_t pid)
{
    int status = -1;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static pid_t spawn(const char *const *argv, const char *output)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static int run(const char *const *argv)
{
    return wait_exit(spawn(argv, "/dev/null"));
}

static const char *program(const char *name)
{
    static char path[PLACE_PATH_SIZE + 32];

    snprintf(path, sizeof path, "%s/%s", bin, name);
    return path;
}

/* ---- asking the doctor ---- */

static void ask(const char *conninfo)
{
    doctor = (Doctor){.options = &options, .app_conninfo = conninfo, .clock = &test_clock};
    doctor_run(&doctor, false);
}

static const DoctorFinding *finding(const char *reason)
{
    for (size_t i = 0; i < doctor.count; i++) {
        if (strcmp(doctor.findings[i].what.reason, reason) == 0)
            return &doctor.findings[i];
    }
    return NULL;
}

/* The fault is named by the right check, and the sentence has no gap in either language. */
static void expect(const char *check, const char *reason, DoctorLevel level)
{
    const DoctorFinding *found = finding(reason);

    if (found == NULL)
        fail_msg("%s is not found", reason);
    assert_string_equal(found->check, check);
    assert_int_equal(found->level, level);
    assert_true(doctor_worst(&doctor) >= level);
    for (int russian = 0; russian < 2; russian++) {
        Buf buf;

        buf_init(&buf, 8192);
        reason_show(&found->what, russian, &buf);
        assert_true(strlen(buf.data) > 40);
        assert_null(strchr(buf.data, '{'));
        buf_done(&buf);
    }
    faults_seen++;
}

static void expect_none(void)
{
    if (doctor.count > 0)
        fail_msg("%s: %s", doctor.findings[0].check, doctor.findings[0].what.reason);
}

/* ---- the world ---- */

static void make_cert(const char *subject, const char *key_path, const char *cert_path)
{
    assert_int_equal(run((const char *[]){"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                          "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj",
                                          subject, "-keyout", key_path, "-out", cert_path, NULL}),
                     0);
    assert_int_equal(chmod(key_path, 0600), 0);
}

/* A port nobody listens on now. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static int start(void **state)
{
    const char *folder = getenv("SHANS_BIN");
    static ConfValue values[64];
    static char address[64], other_cert[PATH_SIZE];
    char cwd[PATH_SIZE / 2];
    struct rlimit limit;
    EmbeddedPlace place;
    Err err = {0};

    (void)state;
    assert_non_null(getcwd(cwd, sizeof cwd));
    folder = folder == NULL ? "build" : folder;
    snprintf(server, sizeof server, "%s%s%.80s/shans-server", folder[0] == '/' ? "" : cwd,
             folder[0] == '/' ? "" : "/", folder);
    test_pg_start(&pg);
    test_pg_migrate(&pg);
    owner = test_pg_owner(&pg);
    test_pg_conninfo(&pg, "shans_app", "shans", app_conninfo);
    assert_int_equal(embedded_place_find(pg.dir, &place, &err), ERR_OK);
    snprintf(bin, sizeof bin, "%s", place.bin);
    snprintf(cert, sizeof cert, "%s/cert.pem", pg.dir);
    snprintf(key, sizeof key, "%s/key.pem", pg.dir);
    snprintf(other_cert, sizeof other_cert, "%s/other.pem", pg.dir);
    snprintf(other_key, sizeof other_key, "%s/other-key.pem", pg.dir);
    make_cert("/CN=one", key, cert);
    make_cert("/CN=two", other_key, other_cert);
    snprintf(address, sizeof address, "tls+tcp://127.0.0.1:%d", free_port());
    options = (ServerOptions){.db = app_conninfo,
                              .listen = {address},
                              .listen_count = 1,
                              .cert = cert,
                              .key = key,
                              .http_port = free_port(),
                              .values = values};
    test_clock = shifted_clock();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 8192 ? limit.rlim_max : 8192;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    print_message("%zu planted faults found\n", faults_seen);
    db_close(owner);
    test_pg_stop(&pg);
    return 0;
}

static void a_sound_installation_has_no_findings(void **state)
{
    (void)state;
    ask(app_conninfo);
    expect_none();
    assert_int_equal(doctor_worst(&doctor), DOCTOR_FINE);
}

/* ---- faults inside a sound database ---- */

typedef struct Planted {
    const char *make, *check, *reason;
    DoctorLevel level;
    const char *mend;
} Planted;

static const Planted planted[] = {
    {"alter role shans_app set synchronous_commit = off", "durability", "DOCTOR_DURABILITY", DOCTOR_FAULT,
     "alter role shans_app reset synchronous_commit"},
    {"alter role shans_app set synchronous_commit = local", "durability", "DOCTOR_DURABILITY", DOCTOR_WARNING,
     "alter role shans_app reset synchronous_commit"},
    {"insert into shans.schema_migration select 999, '0999_later', sha256(''), now()", "migrations",
     "MIGRATION_NEWER", DOCTOR_FAULT, "delete from shans.schema_migration where number = 999"},
    {"create table kept as select * from shans.schema_migration; delete from shans.schema_migration "
     "where number = (select max(number) from kept)",
     "migrations", "MIGRATION_MISSING", DOCTOR_FAULT,
     "insert into shans.schema_migration select * from kept order by number desc limit 1; drop table kept"},
    {"create table kept as select * from shans.schema_migration where number = 2; "
     "update shans.schema_migration set hash = sha256('') where number = 2",
     "migrations", "MIGRATION_CHANGED", DOCTOR_FAULT,
     "update shans.schema_migration m set hash = kept.hash from kept where kept.number = m.number; drop "
     "table kept"},
    {"alter role shans_app bypassrls", "roles", "DOCTOR_LOGIN_POWERFUL", DOCTOR_FAULT,
     "alter role shans_app nobypassrls"},
    {"alter role shans_district superuser", "roles", "DOCTOR_ROLE_POWERFUL", DOCTOR_FAULT,
     "alter role shans_district nosuperuser"},
    {"alter role shans_region login", "roles", "DOCTOR_ROLE_POWERFUL", DOCTOR_FAULT,
     "alter role shans_region nologin"},
    {"revoke shans_writer from shans_app", "roles", "DOCTOR_ROLE_LOST", DOCTOR_FAULT,
     "grant shans_writer to shans_app"},
    {"alter table shans.submission disable row level security", "policies", "DOCTOR_SECURITY_OFF",
     DOCTOR_FAULT, "alter table shans.submission enable row level security"},
    {"alter table shans.submission no force row level security", "policies", "DOCTOR_SECURITY_OFF",
     DOCTOR_FAULT, "alter table shans.submission force row level security"},
    {"create table shans.loose (id bigint, district_id bigint)", "policies", "DOCTOR_SECURITY_OFF",
     DOCTOR_FAULT, "drop table shans.loose"},
    {"create table shans.closed (id bigint); alter table shans.closed enable row level security, force row "
     "level "
     "security; grant select on shans.closed to shans_school",
     "policies", "DOCTOR_POLICY_MISSING", DOCTOR_FAULT, "drop table shans.closed"},
    {"update pg_index set indisvalid = false where indexrelid = 'shans.submission_pkey'::regclass", "indexes",
     "DOCTOR_INDEX", DOCTOR_WARNING,
     "update pg_index set indisvalid = true where indexrelid = 'shans.submission_pkey'::regclass"},
};

static void each_planted_fault_of_the_database_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        test_pg_sql(owner, planted[i].make);
        ask(app_conninfo);
        expect(planted[i].check, planted[i].reason, planted[i].level);
        test_pg_sql(owner, planted[i].mend);
    }
    ask(app_conninfo);
    expect_none();
}

/* Runs one statement made from policy number `id` of the list; false behind its end. */
static bool with_policy(int id, const char *format)
{
    char sql[512];
    Err err = {0};

    snprintf(sql, sizeof sql,
             "do $$ declare p record; begin select * into strict p from policies where id = %d; "
             "execute format('%s', p.policyname, p.tablename, p.roles); end $$",
             id, format);
    return db_script(owner, sql, &err) == ERR_OK;
}

/* Every policy there is: whichever stops speaking for its role, the doctor misses it. */
static void no_policy_can_go_unnoticed(void **state)
{
    int id = 1;

    (void)state;
    test_pg_sql(owner, "create role planted nologin");
    test_pg_sql(owner,
                "create table policies as select row_number() over (order by tablename, policyname) as id, "
                "tablename, policyname, array_to_string(roles, ',') as roles from pg_policies "
                "where schemaname = 'shans' and cmd in ('ALL', 'SELECT') and roles <> '{shans_owner}'");
    for (; with_policy(id, "alter policy %I on shans.%I to planted"); id++) {
        ask(app_conninfo);
        if (finding("DOCTOR_POLICY_MISSING") == NULL)
            fail_msg("policy %d is not missed", id);
        assert_true(with_policy(id, "alter policy %I on shans.%I to %s"));
    }
    assert_true(id > 20);
    faults_seen++;
    test_pg_sql(owner, "drop table policies; drop role planted");
    ask(app_conninfo);
    expect_none();
}

/* ---- a database that was set up wrongly ---- */

static void a_cluster_without_safety_is_told_apart(void **state)
{
    char data[PATH_SIZE], settings[PATH_SIZE + 300], conninfo[PATH_SIZE + 64];

    (void)state;
    snprintf(data, sizeof data, "%s/bad", pg.dir);
    assert_int_equal(run((const char *[]){program("initdb"), "-D", data, "-U", "postgres", "--auth=trust",
                                          "--encoding=SQL_ASCII", "--locale=C", NULL}),
                     0);
    snprintf(settings, sizeof settings,
             "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c listen_addresses= -c "
             "unix_socket_directories=%s",
             data);
    assert_int_equal(
        run((const char *[]){program("pg_ctl"), "-D", data, "-w", "-s", "-o", settings, "start", NULL}), 0);
    snprintf(conninfo, sizeof conninfo, "host=%s user=postgres dbname=postgres", data);
    ask(conninfo);
    assert_int_equal(
        run((const char *[]){program("pg_ctl"), "-D", data, "-m", "immediate", "-s", "stop", NULL}), 0);
    expect("durability", "DOCTOR_DURABILITY", DOCTOR_FAULT);
    expect("durability", "DOCTOR_CHECKSUMS", DOCTOR_WARNING);
    expect("encoding", "DOCTOR_ENCODING", DOCTOR_FAULT);
    expect("migrations", "MIGRATION_MISSING", DOCTOR_FAULT);
    expect("roles", "DOCTOR_LOGIN_POWERFUL", DOCTOR_FAULT);
    size_t settings_named = 0;
    for (size_t i = 0; i < doctor.count; i++)
        settings_named += strcmp(doctor.findings[i].what.reason, "DOCTOR_DURABILITY") == 0;
    assert_int_equal(settings_named, 3); /* fsync, full_page_writes, synchronous_commit */
}

static void a_locale_without_russian_letters(void **state)
{
    char conninfo[TEST_CONNINFO_SIZE];

    (void)state;
    test_pg_sql(owner, "create database plain template template0 locale 'C'");
    test_pg_conninfo(&pg, "shans_app", "plain", conninfo);
    ask(conninfo);
    expect("encoding", "DOCTOR_LOCALE", DOCTOR_WARNING);
    test_pg_sql(owner, "drop database plain");
}

/* Answers a sign-in as a server of that version would. */
static pid_t old_server(const char *folder, const char *version)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%.80s/.s.PGSQL.5432", folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    pid_t pid = fork();
    if (pid == 0) {
        const char *const said[][2] = {
            {"server_version", version}, {"in_hot_standby", "off"}, {"default_transaction_read_only", "off"}};
        char request[1024], reply[256] = {'R', 0, 0, 0, 8, 0, 0, 0, 0};
        size_t length = 9;
        int peer = accept(fd, NULL, NULL);

        for (size_t i = 0; i < 3; i++) {
            size_t name = strlen(said[i][0]) + 1, value = strlen(said[i][1]) + 1;
            reply[length] = 'S';
            reply[length + 4] = (char)(4 + name + value);
            memcpy(reply + length + 5, said[i][0], name);
            memcpy(reply + length + 5 + name, said[i][1], value);
            length += 5 + name + value;
        }
        memcpy(reply + length, (char[]){'Z', 0, 0, 0, 5, 'I'}, 6);
        (void)!read(peer, request, sizeof request);
        (void)!write(peer, reply, length + 6);
        (void)!read(peer, request, sizeof request);
        _exit(0);
    }
    close(fd);
    return pid;
}

static void an_old_and_an_absent_postgresql(void **state)
{
    char folder[PATH_SIZE], conninfo[PATH_SIZE + 64];
    bool known;
    Err err = {0};

    (void)state;
    snprintf(folder, sizeof folder, "%s/old", pg.dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    pid_t pid = old_server(folder, "15.3");
    snprintf(conninfo, sizeof conninfo, "host=%s user=shans_app dbname=shans", folder);
    ask(conninfo);
    wait_exit(pid);
    expect("connection", "DATABASE_VERSION", DOCTOR_FAULT);
    assert_string_equal(err_arg_get(&finding("DATABASE_VERSION")->what, "have"), "15.3");
    ask("host=/nonexistent user=shans_app");
    expect("connection", "DATABASE_GONE", DOCTOR_FAULT);
    assert_int_equal(doctor.count, 1); /* what cannot be asked is not complained of again */
    assert_int_equal(db_version_check(140020, &known, &err), ERR_FAILED_PRECONDITION);
}

/* ---- standbys ---- */

static void standbys_that_are_of_no_use(void **state)
{
    char folder[PATH_SIZE], socket_dir[PATH_SIZE], two[2 * TEST_CONNINFO_SIZE];

    (void)state;
    snprintf(folder, sizeof folder, "%s/wal", pg.dir);
    snprintf(socket_dir, sizeof socket_dir, "%s/socket", pg.dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    pid_t receiver = spawn(
        (const char *[]){program("pg_receivewal"), "-D", folder, "-h", socket_dir, "-U", "postgres", NULL},
        "/dev/null");
    for (int64_t left = WAIT_MS; left > 0; left -= STEP_MS) {
        ask(app_conninfo);
        if (finding("DOCTOR_STANDBY_ASYNC") != NULL)
            break;
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    expect("standbys", "DOCTOR_STANDBY_ASYNC", DOCTOR_WARNING);
    expect("standbys", "DOCTOR_STANDBY_HOSTS", DOCTOR_WARNING);
    snprintf(two, sizeof two, "host=%s,%s port=5432,5432 user=shans_app dbname=shans", socket_dir,
             socket_dir);
    ask(two);
    assert_null(finding("DOCTOR_STANDBY_HOSTS"));
    kill(receiver, SIGTERM);
    wait_exit(receiver);
    test_pg_sql(owner, "alter system set synchronous_standby_names = 'nobody'");
    test_pg_sql(owner, "select pg_reload_conf()");
    for (int64_t left = WAIT_MS; left > 0; left -= STEP_MS) {
        ask(app_conninfo);
        if (finding("DOCTOR_STANDBY_MISSING") != NULL)
            break;
        clock_system.sleep_ms(&clock_system, STEP_MS);
    }
    expect("standbys", "DOCTOR_STANDBY_MISSING", DOCTOR_FAULT);
    test_pg_sql(owner, "set synchronous_commit = local");
    test_pg_sql(owner, "alter system reset synchronous_standby_names");
    test_pg_sql(owner, "select pg_reload_conf()");
}

/* ---- the machine ---- */

static void clocks_that_differ(void **state)
{
    (void)state;
    shift_ms = 10000;
    ask(app_conninfo);
    expect("clock", "DOCTOR_CLOCK", DOCTOR_WARNING);
    shift_ms = -3600000;
    ask(app_conninfo);
    expect("clock", "DOCTOR_CLOCK", DOCTOR_FAULT);
    shift_ms = 0;
}

static void a_certificate_in_time(void **state)
{
    ServerOptions kept = options;

    (void)state;
    shift_ms = 70 * DAY_MS;
    ask(NULL);
    expect("tls", "DOCTOR_TLS_SOON", DOCTOR_WARNING);
    shift_ms = 100 * DAY_MS;
    ask(NULL);
    expect("tls", "DOCTOR_TLS_EXPIRED", DOCTOR_FAULT);
    shift_ms = -10 * DAY_MS;
    ask(NULL);
    expect("tls", "DOCTOR_TLS_EARLY", DOCTOR_FAULT);
    shift_ms = 0;
    options.key = other_key;
    ask(NULL);
    expect("tls", "DOCTOR_TLS_KEY", DOCTOR_FAULT);
    options.key = cert;
    ask(NULL);
    expect("tls", "TLS_FILES", DOCTOR_FAULT);
    options = kept;
    ask(NULL);
    expect_none();
}

static void rights_that_are_too_wide(void **state)
{
    ServerOptions kept = options;
    char folder[PATH_SIZE], data[PATH_SIZE + 8];

    (void)state;
    assert_int_equal(chmod(key, 0644), 0);
    ask(NULL);
    expect("folders", "DOCTOR_RIGHTS", DOCTOR_FAULT);
    assert_string_equal(err_arg_get(&finding("DOCTOR_RIGHTS")->what, "better"), "0640");
    assert_int_equal(chmod(key, 0640), 0);
    ask(NULL);
    expect_none();
    snprintf(folder, sizeof folder, "%s/state", pg.dir);
    snprintf(data, sizeof data, "%s/data", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mkdir(data, 0700), 0);
    options.embedded = folder;
    options.db = NULL;
    ask(NULL);
    expect_none();
    assert_int_equal(chmod(data, 0750), 0);
    ask(NULL);
    expect("folders", "DOCTOR_RIGHTS", DOCTOR_FAULT);
    assert_int_equal(chmod(data, 0700), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    ask(NULL);
    expect("folders", "DOCTOR_RIGHTS", DOCTOR_FAULT);
    options.embedded = "/nonexistent/state";
    ask(NULL);
    expect("folders", "DOCTOR_FOLDER", DOCTOR_FAULT);
    options = kept;
}

static void a_port_of_somebody_else(void **state)
{
    ServerOptions kept = options;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)options.http_port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    (void)state;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    ask(NULL);
    expect("ports", "DOCTOR_PORT_TAKEN", DOCTOR_FAULT);
    assert_true(strncmp("integration_test_doctor",
                        err_arg_get(&finding("DOCTOR_PORT_TAKEN")->what, "program"), 15) == 0);
    close(fd);
    options.listen[0] = "tls+tcp://203.0.113.7:7411";
    ask(NULL);
    expect("ports", "DOCTOR_ADDRESS", DOCTOR_FAULT);
    options = kept;
}

static void settings_that_start_nothing(void **state)
{
    ServerOptions kept = options;

    (void)state;
    options.listen_count = 0;
    ask(NULL);
    expect("settings", "OPTION_NEEDED", DOCTOR_FAULT);
    options = kept;
}

static void a_low_limit_of_files(void **state)
{
    struct rlimit kept, low;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &kept), 0);
    low = kept;
    low.rlim_cur = 1024;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    ask(NULL);
    expect("files", "DOCTOR_FILES", DOCTOR_WARNING);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &kept), 0);
}

static void libraries_and_disks_by_numbers(void **state)
{
    static const struct {
        const char *have, *need;
        bool old;
    } versions[] = {{"1.5.2", "1.5.2", false}, {"1.5.10", "1.5.2", false}, {"1.5", "1.5.2", true},
                    {"2", "1.99.9", false},    {"15.9", "15.20", true},    {"16.0", "15.20", false},
                    {"3.0.9", "3.0.17", true}, {"0.9.75", "0.9.75", false}};
    static const struct {
        uint64_t free_mib, total_mib;
        int level;
    } disks[] = {{10, 100000, 2}, {63, 100, 2},    {100, 6000, 2}, {100, 2000, 1},
                 {400, 1000, 1},  {600, 20000, 1}, {600, 2000, 0}, {0, 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        doctor = (Doctor){.check = "libraries"};
        doctor_judge_library(&doctor, "lib", versions[i].have, versions[i].need);
        assert_int_equal(doctor.count, versions[i].old);
    }
    doctor = (Doctor){.check = "libraries"};
    doctor_judge_library(&doctor, "nng", "1.5.1", "1.5.2");
    expect("libraries", "DOCTOR_LIBRARY", DOCTOR_WARNING);
    for (size_t i = 0; i < sizeof disks / sizeof *disks; i++) {
        doctor = (Doctor){.check = "disk"};
        doctor_judge_disk(&doctor, "/x", disks[i].free_mib << 20, disks[i].total_mib << 20);
        assert_int_equal(doctor_worst(&doctor), disks[i].level);
    }
}

/* A real full disk, where the machine lets this process have one of its own. */
static void a_disk_that_is_full(void **state)
{
    char folder[PATH_SIZE];
    int status = 0;

    (void)state;
    snprintf(folder, sizeof folder, "%s/full", pg.dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    pid_t pid = fork();
    if (pid == 0) {
        ServerOptions full = {.embedded = folder};

        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || mount("none", folder, "tmpfs", 0, "size=8m") != 0)
            _exit(77);
        doctor = (Doctor){.options = &full, .clock = &clock_system, .check = "disk"};
        doctor_disk(&doctor);
        _exit(finding("DOCTOR_DISK") != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
    faults_seen++;
}

/* ---- the command ---- */

static char text[TEXT_SIZE];

static int command(const char *format, const char *db, const char *language)
{
    char output[PATH_SIZE];
    const char *const argv[] = {server,         "doctor",   "--db", db,  "--listen",
                                "ipc:///tmp/x", "--format", format, NULL};

    snprintf(output, sizeof output, "%s/report", pg.dir);
    setenv("SHANS_LANG", language, 1);
    int status = wait_exit(spawn(argv, output));
    unsetenv("SHANS_LANG");
    FILE *file = fopen(output, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    return status;
}

/* The status tells the worst, the report names check, reason and remedy in the person's language. */
static void the_command_says_the_same(void **state)
{
    (void)state;
    test_pg_sql(owner, "alter system reset all");
    assert_int_equal(command("text", app_conninfo, "en"), 0);
    assert_non_null(strstr(text, "row-level security: fine\n"));
    test_pg_sql(owner, "alter role shans_app set synchronous_commit = local");
    assert_int_equal(command("text", app_conninfo, "en"), DOCTOR_EXIT_WARNING);
    assert_non_null(strstr(text, "    warning: synchronous_commit is \"local\""));
    test_pg_sql(owner, "alter role shans_app set synchronous_commit = off");
    assert_int_equal(command("text", app_conninfo, "ru"), DOCTOR_EXIT_FAULT);
    assert_non_null(strstr(text, "политики строк: исправно\n"));
    assert_non_null(strstr(text, "    неисправность: Параметр synchronous_commit равен «off»"));
    assert_non_null(strstr(text, "[DOCTOR_DURABILITY]\n"));
    assert_int_equal(command("json", app_conninfo, "ru"), DOCTOR_EXIT_FAULT);
    assert_memory_equal(text, "{\n  \"schema\": \"shans.doctor.v1\",\n  \"worst\": \"fault\",", 50);
    assert_non_null(strstr(text, "\"reason\": \"DOCTOR_DURABILITY\""));
    test_pg_sql(owner, "alter role shans_app reset synchronous_commit");
    assert_int_equal(command("text", "nonsense", "en"), 2);
    assert_int_equal(command("text", "host=/nonexistent", "en"), DOCTOR_EXIT_FAULT);
}

static void enough_faults_were_planted(void **state)
{
    (void)state;
    assert_true(faults_seen >= 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_installation_has_no_findings),
        cmocka_unit_test(each_planted_fault_of_the_database_is_named),
        cmocka_unit_test(no_policy_can_go_unnoticed),
        cmocka_unit_test(a_cluster_without_safety_is_told_apart),
        cmocka_unit_test(a_locale_without_russian_letters),
        cmocka_unit_test(an_old_and_an_absent_postgresql),
        cmocka_unit_test(standbys_that_are_of_no_use),
        cmocka_unit_test(clocks_that_differ),
        cmocka_unit_test(a_certificate_in_time),
        cmocka_unit_test(rights_that_are_too_wide),
        cmocka_unit_test(a_port_of_somebody_else),
        cmocka_unit_test(settings_that_start_nothing),
        cmocka_unit_test(a_low_limit_of_files),
        cmocka_unit_test(libraries_and_disks_by_numbers),
        cmocka_unit_test(a_disk_that_is_full),
        cmocka_unit_test(the_command_says_the_same),
        cmocka_unit_test(enough_faults_were_planted),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
