/* Looks through a reply for anything of a school its reader must not see: names, codes, persons, figures and
 * submission numbers. */
#ifndef TESTS_INTEGRATION_LEAK_H
#define TESTS_INTEGRATION_LEAK_H

#include "tests/integration/raw.h"

/* What a reader may not see. asked: a code the request itself named; a refusal may repeat it. */
typedef struct LeakWatch {
    const World *world;
    unsigned sees; /* bit i: school i */
    bool region;   /* sees computed statuses too */
    const char *asked;
    const char *self; /* login of the reader; "": nobody */
    bool silent;      /* counts without printing */
} LeakWatch;

/* Number of leaks in the reply to `method`; each is printed. The payload is decoded with the method's own
 * descriptor. */
size_t leak_count(const LeakWatch *watch, const ProtobufCMessageDescriptor *type, const RawReply *reply,
                  const char *what, Arena *arena);

#endif
