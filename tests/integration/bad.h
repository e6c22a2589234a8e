/* What the tests of bad input share: a filled world, and one way to judge a refusal. */
#ifndef TESTS_INTEGRATION_BAD_H
#define TESTS_INTEGRATION_BAD_H

#include "tests/integration/raw.h"
#include "tests/integration/sql.h"

typedef struct Bad {
    World world;
    TransportClient *client;
    Sql *owner;
    Arena *arena; /* of the running case */
    char picture[SQL_PICTURE_SIZE];
    size_t cases;
} Bad;

void bad_start(Bad *bad);
void bad_stop(Bad *bad);

/* Before and after each test: a fresh arena, and the picture every refusal must leave as it was. */
void bad_begin(Bad *bad);
void bad_end(Bad *bad);

/* Remembers the database as it is now: after a change the test wanted. */
void bad_note(Bad *bad);

/* A call as that person ("" : nobody); method "ListOrgs" of a service; operation NULL: none. */
RawReply bad_call(Bad *bad, const char *login, const ProtobufCServiceDescriptor *service, const char *method,
                  const uint8_t *operation, const ProtobufCMessage *request);

/* The same with an operation id of its own. */
RawReply bad_change(Bad *bad, const char *login, const ProtobufCServiceDescriptor *service,
                    const char *method, const ProtobufCMessage *request);

/* Fails the test unless the reply is that refusal, has its sentences, nothing changed, and the server answers
 * GetServerInfo and CheckHealth. */
void bad_expect(Bad *bad, const char *name, const RawReply *reply, ErrCode code, const char *reason);

/* The last two of these checks alone. */
void bad_unharmed(Bad *bad, const char *name);

#endif
