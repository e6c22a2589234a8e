/* Messages to the service manager, and the state they tell of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/notify.h"
#include "server/readiness.h"

static int manager = -1;

/* A socket under that name, as systemd gives it. */
static void listen_as(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);

    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
}

/* The next message, "" when there is none. */
static const char *heard(void)
{
    static char text[1024];
    ssize_t got = recv(manager, text, sizeof text - 1, 0);

    text[got > 0 ? got : 0] = '\0';
    return text;
}

static int tear_down(void **state)
{
    (void)state;
    if (manager >= 0)
        close(manager);
    manager = -1;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return 0;
}

static void nobody_asked(void **state)
{
    (void)state;
    assert_false(notify_send("READY=1"));
    static const char *const wrong[] = {"", "relative", "/", "@", "/nonexistent/socket", "vsock:2:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv("NOTIFY_SOCKET", wrong[i], 1);
        assert_false(notify_send("READY=1"));
    }
    char long_name[200];
    memset(long_name, 'x', sizeof long_name);
    long_name[0] = '/';
    long_name[199] = '\0';
    setenv("NOTIFY_SOCKET", long_name, 1);
    assert_false(notify_send("READY=1"));
}

static void a_path_and_an_abstract_name(void **state)
{
    char name[64];

    (void)state;
    snprintf(name, sizeof name, "@shans-notify-%d", (int)getpid());
    listen_as(name);
    assert_true(notify_send("READY=%d\nSTATUS=%s", 1, "готов"));
    assert_string_equal(heard(), "READY=1\nSTATUS=готов");
    close(manager);
    snprintf(name, sizeof name, "/tmp/shans-notify-%d", (int)getpid());
    listen_as(name);
    assert_true(notify_send("STOPPING=1"));
    assert_string_equal(heard(), "STOPPING=1");
    assert_string_equal(heard(), "");
    unlink(name);
}

static void the_watchdog_is_asked_for(void **state)
{
    char pid[16];

    (void)state;
    assert_int_equal(notify_watchdog_ms(), 0);
    setenv("WATCHDOG_USEC", "20000000", 1);
    assert_int_equal(notify_watchdog_ms(), 20000);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(notify_watchdog_ms(), 20000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(notify_watchdog_ms(), getpid() == 1 ? 20000 : 0);
    setenv("WATCHDOG_PID", "x", 1);
    assert_int_equal(notify_watchdog_ms(), 0);
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", "soon", 1);
    assert_int_equal(notify_watchdog_ms(), 0);
}

/* Each change is told once; a stop is for good. */
static void readiness_tells_its_changes(void **state)
{
    char name[64], reason[READINESS_REASON_SIZE];
    Readiness readiness;

    (void)state;
    snprintf(name, sizeof name, "@shans-ready-%d", (int)getpid());
    listen_as(name);
    setenv("WATCHDOG_USEC", "20000000", 1);
    readiness_init(&readiness);
    assert_false(readiness_get(&readiness, reason));
    assert_string_equal(reason, "SERVER_STARTING");
    assert_string_equal(heard(), "");
    readiness_listening(&readiness);
    assert_string_equal(heard(), "READY=1");
    readiness_set(&readiness, "");
    assert_string_equal(heard(), "STATUS=ready");
    readiness_set(&readiness, "");
    assert_string_equal(heard(), "");
    assert_true(readiness_get(&readiness, reason));
    assert_int_equal(readiness.ready, 1);
    readiness_set(&readiness, "DATABASE_GONE");
    assert_string_equal(heard(), "STATUS=not ready: DATABASE_GONE");
    assert_int_equal(readiness.ready, 0);
    readiness_beat(&readiness); /* a database that is away does not end the process */
    assert_string_equal(heard(), "WATCHDOG=1");
    readiness_stop(&readiness);
    assert_string_equal(heard(), "STOPPING=1");
    assert_string_equal(heard(), "STATUS=not ready: SERVER_STOPPING");
    readiness_set(&readiness, "");
    assert_string_equal(heard(), "");
    assert_false(readiness_get(&readiness, reason));
    assert_string_equal(reason, "SERVER_STOPPING");
}

static void without_a_watchdog_there_is_no_beat(void **state)
{
    char name[64];
    Readiness readiness;

    (void)state;
    snprintf(name, sizeof name, "@shans-beat-%d", (int)getpid());
    listen_as(name);
    readiness_init(&readiness);
    readiness_beat(&readiness);
    assert_string_equal(heard(), "");
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_asked),
        TEST(a_path_and_an_abstract_name),
        TEST(the_watchdog_is_asked_for),
        TEST(readiness_tells_its_changes),
        TEST(without_a_watchdog_there_is_no_beat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
