/* A request of every method about a chosen school, made for the role matrix. */
#ifndef TESTS_INTEGRATION_REQUESTS_H
#define TESTS_INTEGRATION_REQUESTS_H

#include "tests/integration/world.h"

/* A school seen from a person, or nothing that exists. */
typedef enum AskTarget { ASK_OWN = 0, ASK_NEIGHBOUR, ASK_FOREIGN, ASK_UNKNOWN, ASK_TARGETS } AskTarget;

/* What a request names, and with it what decides whether the answer may be NOT_FOUND. */
typedef enum AskAbout {
    ASK_ABOUT_NOTHING = 1, /* no target in it: never NOT_FOUND */
    ASK_ABOUT_SCHOOL,      /* the target or something of it */
    ASK_ABOUT_DISTRICT,    /* the target's district */
    ASK_ABOUT_RUN,         /* what only the region has: it exists for no one else */
    ASK_ABOUT_ACCOUNT,     /* the target's account "spare-CODE", which the offices above keep */
    ASK_ABOUT_ABSENT,      /* something that exists for nobody */
} AskAbout;

typedef struct Ask {
    World *world;
    const WorldPerson *person;
    AskTarget target;
    const WorldSchool *school; /* the target; of ASK_UNKNOWN one that is not there */
    uint64_t pending;          /* a submission of the target that waits for review */
    uint64_t delivery;         /* what the region delivered to the target */
    uint64_t dispute;          /* the target's objection to a figure of it */
    uint64_t issue;            /* a finding about the target */
    uint64_t run;              /* a run under the target's district */
    uint64_t assignment;       /* of a curator to the target, some years ahead */
    size_t number;             /* of the person, 0..: keeps operations of different persons apart */
    const void *profile;       /* compiled bytes of a stored methodology */
    size_t profile_size;
    Arena *arena;
} Ask;

typedef struct AskRequest {
    AskAbout about;
    const char *named; /* code in the request that a refusal may repeat */
    const ProtobufCMessage *message;
    bool dry_run; /* leaves nothing, also not in a log */
} AskRequest;

/* Makes the variant-th request of a method ("ListOrgs"), counted from 0; false when there are no more. */
bool ask_make(const Ask *ask, const char *method, unsigned variant, AskRequest *ret);

/* Whether any request of the method can be made at all. */
bool ask_knows(const char *method);

#endif
