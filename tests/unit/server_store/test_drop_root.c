/* Giving up root. Each case runs in a child, as there is no way back; for an ordinary user only the refusals
 * that concern one are left. */
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/store/embedded.h"
#include "server/store/embedded_place.h"

typedef struct Answer {
    ErrCode code;
    char reason[48], folder[200];
    unsigned uid;
    int root_again; /* what taking root back gave: -1 is right */
} Answer;

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/shans-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    assert_true(embedded_place_remove(dir));
    return 0;
}

static Answer drop_in_child(const char *path)
{
    Answer answer = {.code = ERR_UNKNOWN};
    int pipes[2], status;
    pid_t pid;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        Err err = {0};

        answer.code = embedded_drop_root(path, &err);
        snprintf(answer.reason, sizeof answer.reason, "%s", err.reason);
        snprintf(answer.folder, sizeof answer.folder, "%s", err_arg_get(&err, "folder"));
        answer.uid = (unsigned)geteuid();
        answer.root_again = setuid(0);
        _exit(write(pipes[1], &answer, sizeof answer) == (ssize_t)sizeof answer ? 0 : 1);
    }
    assert_int_equal(read(pipes[0], &answer, sizeof answer), sizeof answer);
    close(pipes[0]);
    close(pipes[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return answer;
}

static void below(char *to, size_t size, const char *name)
{
    snprintf(to, size, "%s/%s", dir, name);
}

static void test_new_folder(void **state)
{
    char path[128];
    struct stat info;
    const struct passwd *user = getpwnam("postgres");
    Answer answer;

    (void)state;
    if (geteuid() != 0) {
        answer = drop_in_child(dir);
        assert_int_equal(answer.code, ERR_OK);
        assert_int_equal(answer.uid, geteuid());
        return;
    }
    assert_non_null(user);
    assert_int_equal(chmod(dir, 0755), 0);
    below(path, sizeof path, "a/b");
    answer = drop_in_child(path);
    assert_int_equal(answer.code, ERR_OK);
    assert_int_equal(answer.uid, user->pw_uid);
    assert_int_equal(answer.root_again, -1);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_uid, user->pw_uid);
    assert_int_equal(info.st_mode & 0777, 0700);
    /* The second time it belongs to that user and is taken as it is. */
    answer = drop_in_child(path);
    assert_int_equal(answer.code, ERR_OK);
    assert_int_equal(answer.uid, user->pw_uid);
}

static void test_folder_of_another_user(void **state)
{
    char path[128];
    const struct passwd *user = getpwnam("nobody");
    Answer answer;

    (void)state;
    if (geteuid() != 0 || !user)
        skip();
    assert_int_equal(chmod(dir, 0755), 0);
    below(path, sizeof path, "own");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chown(path, user->pw_uid, user->pw_gid), 0);
    answer = drop_in_child(path);
    assert_int_equal(answer.code, ERR_OK);
    assert_int_equal(answer.uid, user->pw_uid);
    assert_int_equal(answer.root_again, -1);
}

static void test_folder_with_other_files(void **state)
{
    char path[128];
    struct stat info;
    Answer answer;

    (void)state;
    if (geteuid() != 0)
        skip();
    below(path, sizeof path, "something");
    assert_int_equal(mkdir(path, 0755), 0);
    answer = drop_in_child(dir);
    assert_int_equal(answer.code, ERR_FAILED_PRECONDITION);
    assert_string_equal(answer.reason, "EMBEDDED_NOT_EMPTY");
    assert_string_equal(answer.folder, dir);
    assert_int_equal(stat(dir, &info), 0);
    assert_int_equal(info.st_uid, 0);
}

static void test_closed_parent(void **state)
{
    char path[128];
    Answer answer;

    (void)state;
    if (geteuid() != 0)
        skip();
    below(path, sizeof path, "db"); /* mkdtemp made the parent 0700, root's */
    answer = drop_in_child(path);
    assert_int_equal(answer.code, ERR_PERMISSION_DENIED);
    assert_string_equal(answer.reason, "EMBEDDED_FOLDER");
    assert_string_equal(answer.folder, dir);
}

static void test_start_as_root(void **state)
{
    Embedded *embedded = NULL;
    Err err = {0};

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(embedded_start(dir, &clock_system, &embedded, &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "EMBEDDED_ROOT");
    assert_null(embedded);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_new_folder),    CASE(test_folder_of_another_user), CASE(test_folder_with_other_files),
        CASE(test_closed_parent), CASE(test_start_as_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
