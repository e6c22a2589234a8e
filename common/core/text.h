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

/* Decodes one character, advancing *cursor (which must not be at the end); U+FFFD for a bad byte. */
uint32_t text_utf8_get(const char **cursor);

/* Columns the text takes on a terminal: combining marks 0, wide East Asian characters 2, others 1. */
size_t text_width(const char *text);

bool text_equal(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);

/* True for a code of 1..63 characters out of A-Z a-z 0-9 . _ - */
bool text_is_code(const char *text);

/* Removes leading and trailing ASCII space and U+00A0 in place; returns the start. */
char *text_trim(char *text);

/* Edit distance between two short ASCII words (at most 63 bytes each; longer are compared by prefix). */
unsigned text_distance(const char *a, const char *b);

#endif
