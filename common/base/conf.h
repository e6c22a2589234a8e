/* Configuration with origins: the caller reads its places in the order of precedence, least first. Strict: an
 * unknown key is an error with file, line and, when one is near, the key that was probably meant. */
#ifndef COMMON_BASE_CONF_H
#define COMMON_BASE_CONF_H

#include "common/core/arena.h"

typedef struct ConfKey {
    const char *name;     /* "server" */
    const char *env;      /* "SHANS_SERVER" */
    const char *fallback; /* default, may be "" */
} ConfKey;

typedef struct ConfValue {
    const char *text;
    const char *origin; /* "default", "environment", "flag", or path:line */
} ConfValue;

/* values[i] belongs to keys[i] everywhere below. Called in the order of precedence, least first: defaults,
 * system file, user file, environment; the caller puts its flags on top. Texts are borrowed from the keys,
 * the arena or the environment. */
void conf_defaults(const ConfKey *keys, size_t count, ConfValue *values);
/* Reads "name = value" lines; inside "[section]" the key is "section.name". A line of more than about 190
 * bytes is refused, not cut. INVALID_ARGUMENT / CONF_UNKNOWN_KEY, CONF_UNKNOWN_KEY_NEAR (with
 * "near"), CONF_SYNTAX (with "file", "line"), CONF_UNREADABLE. A missing file is fine. On an error values
 * read before it stay. */
ErrCode conf_file(const ConfKey *keys, size_t count, const char *path, Arena *arena, ConfValue *values,
                  Err *err) MUST_CHECK;

/* A variable that is set and not empty. */
void conf_environment(const ConfKey *keys, size_t count, ConfValue *values);

#endif
