/* Files with a secret: only their owner reads them, whatever was there before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/private_file.h"

static char folder[] = "/tmp/shans-private-XXXXXX";
static char path[64];

static void expect_file(const char *text)
{
    char held[64] = "";
    struct stat about;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(held, sizeof held, file));
    fclose(file);
    assert_string_equal(held, text);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
}

static void a_new_file_is_private(void **state)
{
    Err err = {0};
    mode_t before = umask(0);

    (void)state;
    assert_int_equal(private_file_write(path, "secret", &err), ERR_OK);
    umask(before);
    expect_file("secret\n");
}

static void an_open_file_becomes_private(void **state)
{
    Err err = {0};
    FILE *file = fopen(path, "w");

    (void)state;
    fputs("something much longer than the secret", file);
    fclose(file);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(private_file_write(path, "other", &err), ERR_OK);
    expect_file("other\n");
}

static void a_fault_names_the_file(void **state)
{
    Err err = {0};

    (void)state;
    assert_int_equal(private_file_write("/nonexistent/token", "secret", &err), ERR_FAILED_PRECONDITION);
    assert_string_equal(err.reason, "TOKEN_FILE");
    assert_string_equal(err_arg_get(&err, "file"), "/nonexistent/token");
    assert_non_null(strstr(err_arg_get(&err, "fault"), "No such file"));
    assert_int_equal(private_file_write("/dev/full", "secret", &err), ERR_FAILED_PRECONDITION);
}

static int start(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/token", folder);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_is_private),
        cmocka_unit_test(an_open_file_becomes_private),
        cmocka_unit_test(a_fault_names_the_file),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
