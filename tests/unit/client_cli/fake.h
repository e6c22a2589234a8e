/* The program run in-process against a server of canned answers, on a clock that moves when slept on. */
#ifndef TESTS_UNIT_CLIENT_CLI_FAKE_H
#define TESTS_UNIT_CLIENT_CLI_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/cli/cli.h"

enum { FAKE_CALLS = 64 };

/* An answer waiting for its method; answers of one method are given in the order they were added, the last
 * one again and again. */
typedef struct FakeAnswer {
    const char *method; /* after the slash */
    ErrCode code;
    const char *reason;
    uint8_t *bytes;
    size_t size;
    bool given;
} FakeAnswer;

typedef struct FakeCall {
    char method[64];
    uint8_t id[16];
    bool has_id;
    uint8_t *bytes;
    size_t size;
} FakeCall;

typedef struct Fake {
    char dir[64];
    FakeAnswer answers[FAKE_CALLS];
    size_t answer_count;
    FakeCall calls[FAKE_CALLS];
    size_t call_count;
    bool confirm; /* Submit is answered with a receipt of what was sent */
    bool fill;    /* a method without an answer is answered by fill_reply */
    char *out, *err;
    const char *lang;
    size_t width, height; /* of the terminal */
    bool terminal;        /* a person looks at out and err */
    const char *system_file, *user_file, *work_dir;
} Fake;

extern Fake fake;

int fake_setup(void **state);
int fake_teardown(void **state);

void fake_add(const char *method, const ProtobufCMessage *reply);
void fake_refuse(const char *method, ErrCode code, const char *reason);

/* Runs `shans` with the words of the line (separated by one space; ~ stands for a space inside a word, @ at
 * the start of a word for the state folder, '' for an empty word); fills fake.out and fake.err. */
int fake_run(const char *line);

/* The n-th call of the method; fails the test when there is none. */
const FakeCall *fake_call(const char *method, size_t n);
size_t fake_count(const char *method);

/* Writes the file into the state folder. */
void fake_file(const char *name, const char *text);

/* Compares with tests/golden/cli/<name>; SHANS_GOLDEN_UPDATE=1 writes it. */
void fake_golden(const char *name, const char *text);

#define assert_has(text, part)                                                                               \
    do {                                                                                                     \
        if (strstr((text), (part)) == NULL)                                                                  \
            fail_msg("\"%s\" is not in:\n%s", (part), (text));                                               \
    } while (0)

#endif
