/* Reading certificates: times, keys that fit or not, files that hold nothing of use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/crypto/certificate.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

extern char **environ;

static char folder[64], cert[96], key[96], other_cert[96], other_key[96], secret_key[96], empty[96];

static void run(const char *const *argv)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = -1;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawnp(&child, argv[0], &actions, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void make(const char *kind, const char *option, const char *key_path, const char *cert_path)
{
    run((const char *[]){"openssl", "req", "-x509", "-newkey", kind, "-pkeyopt", option, "-nodes", "-days",
                         "10", "-subj", "/CN=test", "-keyout", key_path, "-out", cert_path, NULL});
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/shans-cert-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(cert, sizeof cert, "%s/cert", folder);
    snprintf(key, sizeof key, "%s/key", folder);
    snprintf(other_cert, sizeof other_cert, "%s/other", folder);
    snprintf(other_key, sizeof other_key, "%s/other-key", folder);
    snprintf(secret_key, sizeof secret_key, "%s/secret-key", folder);
    snprintf(empty, sizeof empty, "%s/empty", folder);
    make("ec", "ec_paramgen_curve:P-256", key, cert);
    make("rsa", "rsa_keygen_bits:2048", other_key, other_cert);
    run((const char *[]){"openssl", "ec", "-in", key, "-aes256", "-passout", "pass:x", "-out", secret_key,
                         NULL});
    close(open(empty, O_WRONLY | O_CREAT, 0600));
    return 0;
}

static int tear_down(void **state)
{
    const char *const files[] = {cert, key, other_cert, other_key, secret_key, empty};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    rmdir(folder);
    return 0;
}

static void times_and_a_fitting_key(void **state)
{
    int64_t now = clock_system.now_ms(&clock_system);
    Certificate read;
    Err err = {0};

    (void)state;
    assert_int_equal(certificate_read(cert, key, &read, &err), ERR_OK);
    assert_true(read.key_fits);
    assert_true(read.not_before_ms <= now && read.not_before_ms > now - DAY_MS);
    assert_true(read.not_after_ms > now + 9 * DAY_MS && read.not_after_ms <= now + 10 * DAY_MS);
    assert_int_equal(certificate_read(other_cert, other_key, &read, &err), ERR_OK);
    assert_true(read.key_fits);
}

static void a_key_of_another_certificate(void **state)
{
    Certificate read;
    Err err = {0};

    (void)state;
    assert_int_equal(certificate_read(cert, other_key, &read, &err), ERR_OK);
    assert_false(read.key_fits);
    assert_int_equal(certificate_read(other_cert, key, &read, &err), ERR_OK);
    assert_false(read.key_fits);
}

static void files_of_no_use(void **state)
{
    const struct {
        const char *cert, *key, *named;
    } wrong[] = {
        {"/nonexistent", key, "/nonexistent"},
        {cert, "/nonexistent", "/nonexistent"},
        {key, key, key},
        {cert, cert, cert},
        {empty, key, empty},
        {cert, secret_key, secret_key},
        {folder, key, folder},
    };
    Certificate read;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Err err = {0};

        assert_int_equal(certificate_read(wrong[i].cert, wrong[i].key, &read, &err), ERR_INVALID_ARGUMENT);
        assert_string_equal(err.reason, "TLS_FILES");
        assert_string_equal(err_arg_get(&err, "file"), wrong[i].named);
    }
    assert_true(certificate_library()[0] >= '3');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_and_a_fitting_key),
        cmocka_unit_test(a_key_of_another_certificate),
        cmocka_unit_test(files_of_no_use),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
