/* One YAML file being compiled, and the faults found in it. */
#ifndef CLIENT_COMPILE_COMPILE_SOURCE_H
#define CLIENT_COMPILE_COMPILE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/catalog/catalog.h"

/* Passed to every step of compiling, so that a fault anywhere can name the file and search its line. */
typedef struct CompileSource {
    const char *name; /* as messages show it */
    const char *text; /* size bytes, not NUL-terminated */
    size_t size;
    Arena *arena;
    Err *err;
} CompileSource;

/* Sets reason with arguments file, line, key, value; the line is that of the n-th "key: value" (n from 1). */
ErrCode compile_fault(const CompileSource *source, const char *reason, const char *key, const char *value,
                      unsigned n);

/* Line of the first "key:" on line `from` or later, 0 when there is none. */
unsigned compile_key_line(const CompileSource *source, const char *key, unsigned from);

/* A definition's code (text_is_code). */
ErrCode compile_check_code(const CompileSource *source, const char *code) MUST_CHECK;

/* One word of a list of names; names[0] is number 1 and NULL ends them. An absent word gives fallback. Fault:
 * DEF_BAD_VALUE with argument allowed. */
ErrCode compile_word(const CompileSource *source, const char *key, const char *word, const char *const *names,
                     int fallback, int *ret) MUST_CHECK;

/* A number of the field's scale. */
ErrCode compile_decimal(const CompileSource *source, const char *key, const char *text, int scale,
                        int64_t *ret) MUST_CHECK;

/* "" for NULL: an optional key that is absent. */
const char *compile_text(const char *text);

#endif
