/* A streaming JSON writer with canonical output: no spaces, or when pretty one member a line, indented by two
 * spaces; keys in the order given; UTF-8 passed through (bad bytes become U+FFFD), control characters
 * escaped. The caller balances the calls and checks buf->failed at its end. */
#ifndef COMMON_BASE_JSON_H
#define COMMON_BASE_JSON_H

#include <stdbool.h>

#include "common/core/buf.h"

typedef struct Json {
    Buf *buf;
    bool pretty, first;
    int depth;
} Json;

/* Writes one value into buf, which must outlive the writer. */
Json json_writer(Buf *buf, bool pretty);
void json_object(Json *json, const char *key); /* key NULL inside arrays and at the top */
void json_object_end(Json *json);
void json_array(Json *json, const char *key);
void json_array_end(Json *json);

/* Values; inside objects each has its key. Numbers other than whole ones come as text, so that no figure
 * passes through floating point. */
void json_text(Json *json, const char *key, const char *value); /* NULL: null */
void json_int(Json *json, const char *key, int64_t value);
void json_bool(Json *json, const char *key, bool value);
void json_raw(Json *json, const char *key, const char *number); /* a number's own text; NULL: null */

#endif
