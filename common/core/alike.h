/* Texts that look alike: one canonical form for what a scanner or a keyboard layout confuses (methods.md
 * T-68). */
#ifndef COMMON_CORE_ALIKE_H
#define COMMON_CORE_ALIKE_H

#include <stdbool.h>
#include <stddef.h>

enum { ALIKE_SIZE = 512 };

/* Writes the canonical form: upper case; Latin and Greek letters that have a Cyrillic twin become it, "III"
 * and "Ш" the same; quotes, spaces, dashes and the number sign are left out. Cut at size, which is at
 * least 1. */
void alike_fold(const char *text, char *to, size_t size);

/* True when the two differ in nothing a reader could see. */
bool alike_equal(const char *a, const char *b);

#endif
