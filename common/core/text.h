/* Text: UTF-8 checks, bounded copies, and the small comparisons everything uses. Byte strings are
 * NUL-terminated unless a length is given. */
#ifndef COMMON_CORE_TEXT_H
#define COMMON_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies at most size-1 bytes, never splitting a UTF-8 character; always terminates. size >= 1. */
void text_copy(char *to, size_t size, const char *from);

/* True when bytes are well-formed UTF-8 without NUL: no overlong forms, surrogates, or code points above
 * U+10FFFF. */
bool text_utf8_check(const uint8_t *bytes, size_t length);

/* Decodes one character and advances *cursor behind it; the cursor must not stand at the end. A byte that
 * starts no well-formed character gives U+FFFD and is skipped alone, so that a loop always ends. */
uint32_t text_utf8_get(const char **cursor);

/* Columns the text takes on a terminal: combining marks and zero-width characters 0, wide East Asian
 * characters and pictographs 2, all others (bad bytes too) 1. */
size_t text_width(const char *text);

/* Byte by byte, so letters differ by case; every text starts with the empty one. */
bool text_equal(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);

/* True for a code of 1..63 characters out of A-Z a-z 0-9 . _ - : what identifies a form, a field, a method
 * or a failpoint. */
bool text_is_code(const char *text);

/* Removes leading and trailing ASCII space and U+00A0 in place; returns the start. */
char *text_trim(char *text);

/* Edit distance (Levenshtein: insert, delete, replace one byte) between two short ASCII words, for "did you
 * mean …"; of longer words the first 63 bytes are compared. */
unsigned text_distance(const char *a, const char *b);

#endif
