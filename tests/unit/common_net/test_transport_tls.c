/* TLS: the client accepts the right server and refuses every other one. Certificates are made by openssl. */
#include "tests/unit/common_net/peer.h"

#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 128, GOOD_MS = 10000, BAD_MS = 1500 };

extern char **environ;

static char folder[64];

static const char *path_of(const char *name)
{
    static char paths[8][PATH_SIZE];
    static unsigned turn;
    char *path = paths[turn++ % 8];

    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

static void run_openssl(const char *const *arguments)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = -1;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    assert_int_equal(posix_spawnp(&child, "openssl", &actions, NULL, (char *const *)arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* A self-signed authority `name`.pem, `name`.key. */
static void make_authority(const char *name)
{
    char key[PATH_SIZE], cert[PATH_SIZE], subject[64];

    snprintf(key, sizeof key, "%s/%s.key", folder, name);
    snprintf(cert, sizeof cert, "%s/%s.pem", folder, name);
    snprintf(subject, sizeof subject, "/CN=%s", name);
    run_openssl((const char *[]){"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                 "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", subject,
                                 "-keyout", key, "-out", cert, NULL});
}

/* A server certificate for a host name, signed by the authority. */
static void make_server(const char *name, const char *authority, const char *host)
{
    char key[PATH_SIZE], cert[PATH_SIZE], ca[PATH_SIZE], ca_key[PATH_SIZE], subject[64], names[80];

    snprintf(key, sizeof key, "%s/%s.key", folder, name);
    snprintf(cert, sizeof cert, "%s/%s.pem", folder, name);
    snprintf(ca, sizeof ca, "%s/%s.pem", folder, authority);
    snprintf(ca_key, sizeof ca_key, "%s/%s.key", folder, authority);
    snprintf(subject, sizeof subject, "/CN=%s", host);
    snprintf(names, sizeof names, "subjectAltName=DNS:%s", host);
    run_openssl((const char *[]){"openssl",
                                 "req",
                                 "-x509",
                                 "-CA",
                                 ca,
                                 "-CAkey",
                                 ca_key,
                                 "-newkey",
                                 "ec",
                                 "-pkeyopt",
                                 "ec_paramgen_curve:P-256",
                                 "-nodes",
                                 "-days",
                                 "30",
                                 "-subj",
                                 subject,
                                 "-addext",
                                 names,
                                 "-addext",
                                 "basicConstraints=critical,CA:FALSE",
                                 "-keyout",
                                 key,
                                 "-out",
                                 cert,
                                 NULL});
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/net-tls-XXXXXX");
    assert_non_null(mkdtemp(folder));
    make_authority("ca");
    make_authority("other-ca");
    make_server("server", "ca", "shans.test");
    make_server("stranger", "other-ca", "shans.test");
    make_server("local", "ca", "localhost");
    make_authority("lonely"); /* self-signed, used as a server's own */
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"ca", "other-ca", "server", "stranger", "local", "lonely"};
    char path[PATH_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s.pem", folder, names[i]);
        unlink(path);
        snprintf(path, sizeof path, "%s/%s.key", folder, names[i]);
        unlink(path);
    }
    unlink(path_of("junk.pem"));
    return rmdir(folder);
}

/* A TLS server with the named certificate; its address goes to `address`. */
static void serve(const char *name, char *address)
{
    char cert[PATH_SIZE], key[PATH_SIZE];
    const char *list[1] = {address};
    const TransportTls tls = {.cert_file = cert, .key_file = key};
    TransportServer *server;
    Err err = {0};

    snprintf(cert, sizeof cert, "%s/%s.pem", folder, name);
    snprintf(key, sizeof key, "%s/%s.key", folder, name);
    peer_address("tls+tcp://", address);
    assert_int_equal(transport_server_open(list, 1, &tls, 4, peer_echo, NULL, &server, &err), ERR_OK);
}

static TransportClient *dial(const char *address, const char *authority, const char *host)
{
    const TransportTls tls = {.ca_file = path_of(authority), .server_name = host};
    TransportClient *client = NULL;
    Err err = {0};

    assert_int_equal(transport_client_open(address, &tls, &client, &err), ERR_OK);
    return client;
}

static void test_right_server(void **state)
{
    char address[64];

    (void)state;
    serve("server", address);
    TransportClient *client = dial(address, "ca.pem", "shans.test");
    peer_expect_echo(client, 100, GOOD_MS);
    peer_expect_echo(client, 100000, GOOD_MS);
    peer_expect_echo(client, TRANSPORT_MESSAGE_MAX, GOOD_MS);
    transport_client_close(client);
}

static void expect_refused(const char *address, const char *authority, const char *host)
{
    TransportClient *client = dial(address, authority, host);

    peer_expect_fault(client, BAD_MS, ERR_UNAVAILABLE, "NO_CONNECTION");
    transport_client_close(client);
}

static void test_wrong_servers(void **state)
{
    char right[64], stranger[64], lonely[64];

    (void)state;
    serve("server", right);
    serve("stranger", stranger);
    serve("lonely", lonely);
    expect_refused(right, "other-ca.pem", "shans.test");           /* another authority */
    expect_refused(right, "ca.pem", "shans.example");              /* another name */
    expect_refused(stranger, "ca.pem", "shans.test");              /* right name, wrong authority */
    expect_refused(lonely, "ca.pem", "lonely");                    /* self-signed */
    TransportClient *client = dial(right, "ca.pem", "shans.test"); /* refusals harm nobody else */
    peer_expect_echo(client, 100, GOOD_MS);
    transport_client_close(client);
}

/* Nothing is trusted by the authority alone: without a name it is the address's host. */
static void test_name_of_the_address(void **state)
{
    char other[64], local[64], by_name[80];

    (void)state;
    serve("server", other);
    serve("local", local);
    snprintf(by_name, sizeof by_name, "tls+tcp://localhost%s", strrchr(local, ':'));
    for (int empty = 0; empty < 2; empty++) {
        const char *name = empty ? "" : NULL;
        TransportClient *client = dial(by_name, "ca.pem", name);
        peer_expect_echo(client, 100, GOOD_MS);
        transport_client_close(client);
        expect_refused(other, "ca.pem", name);
        expect_refused(local, "ca.pem", name); /* 127.0.0.1 is not the name it carries */
    }
}

static void test_plain_client(void **state)
{
    char address[64], plain[64];
    TransportClient *client = NULL;
    Err err = {0};

    (void)state;
    serve("server", address);
    snprintf(plain, sizeof plain, "%s", address + strlen("tls+"));
    assert_int_equal(transport_client_open(plain, NULL, &client, &err), ERR_OK);
    peer_expect_fault(client, BAD_MS, ERR_UNAVAILABLE, "NO_CONNECTION");
    transport_client_close(client);
}

static void expect_files_refused(const TransportTls *tls, bool server, const char *file)
{
    const char *address = "tls+tcp://127.0.0.1:1";
    TransportServer *opened = NULL;
    TransportClient *client = NULL;
    Err err = {0};

    ErrCode code = server ? transport_server_open(&address, 1, tls, 1, peer_echo, NULL, &opened, &err)
                          : transport_client_open(address, tls, &client, &err);
    if (code != ERR_INVALID_ARGUMENT || strcmp(err.reason, "TLS_FILES") != 0)
        fail_msg("%s %s: %s", server ? "server" : "client", file, err.reason);
    assert_string_equal(err_arg_get(&err, "file"), file);
}

static void test_bad_files(void **state)
{
    const char *cert = path_of("server.pem"), *key = path_of("server.key");
    const char *junk = path_of("junk.pem");
    FILE *file = fopen(junk, "w");

    (void)state;
    assert_non_null(file);
    fputs("-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n", file);
    fclose(file);
    expect_files_refused(&(TransportTls){.ca_file = "/no/such", .server_name = "x"}, false, "/no/such");
    expect_files_refused(&(TransportTls){.ca_file = junk, .server_name = "x"}, false, junk);
    expect_files_refused(&(TransportTls){.ca_file = NULL, .server_name = "x"}, false, "");
    expect_files_refused(&(TransportTls){.cert_file = "/no/such", .key_file = key}, true, "/no/such");
    expect_files_refused(&(TransportTls){.cert_file = cert, .key_file = "/no/key"}, true, "/no/key");
    expect_files_refused(&(TransportTls){.cert_file = junk, .key_file = key}, true, junk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_server),        cmocka_unit_test(test_wrong_servers),
        cmocka_unit_test(test_name_of_the_address), cmocka_unit_test(test_plain_client),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
