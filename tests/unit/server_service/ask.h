/* One call as one person: what the tests of the services stand on. */
#ifndef TESTS_UNIT_SERVER_SERVICE_ASK_H
#define TESTS_UNIT_SERVER_SERVICE_ASK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shans/v1/method.pb-c.h"
#include "shans/v1/org.pb-c.h"
#include "tests/integration/world.h"

extern World world;
extern Arena *arena; /* fresh for each test */
extern Err err;      /* of the last call */

/* Fixtures: a world without submissions; an arena for each test. */
int ask_start(void **state);
int ask_stop(void **state);
int ask_setup(void **state);
int ask_teardown(void **state);

#define ORG        (&shans__v1__org_service__descriptor)
#define COLLECTION (&shans__v1__collection_service__descriptor)
#define METHODS    (&shans__v1__method_service__descriptor)

/* The reply when the call must succeed. A read has no operation id. */
const void *ask_ok(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                   bool mutating, const ProtobufCMessage *request);
/* The call must fail with this code and reason. */
void ask_refused(const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                 bool mutating, const ProtobufCMessage *request, ErrCode code, const char *reason);

/* Submits results of a school as its head or coordinator or the ministry; figure as in world_results. */
const Shans__V1__Receipt *ask_submit(const char *login, const char *school, const char *period,
                                     Shans__V1__FigureSource source, int64_t figure);
void ask_accept(const char *login, const Shans__V1__Receipt *receipt);

/* Queues a run of PERV-2023 over 2021/2022 and waits until it is done. */
uint64_t ask_run(void);

/* A whole number from the owner's connection. */
int64_t ask_number(const char *sql);

#endif
