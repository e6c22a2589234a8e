/* Configuration with origins: flag > environment > user file > system file > default. Strict: an unknown key
 * is an error with file and line. */
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

/* values[i] belongs to keys[i]; starts from defaults. */
void conf_defaults(const ConfKey *keys, size_t count, ConfValue *values);
/* INVALID_ARGUMENT / CONF_UNKNOWN_KEY or CONF_SYNTAX with "file", "line". A missing file is fine. */
ErrCode conf_file(const ConfKey *keys, size_t count, const char *path, Arena *arena, ConfValue *values,
                  Err *err) MUST_CHECK;
void conf_environment(const ConfKey *keys, size_t count, ConfValue *values);

#endif
