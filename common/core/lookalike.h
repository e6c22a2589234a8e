/* Letters of another alphabet that look like Russian ones: what scanning makes of "ШНОР" (methods.md T-68).
 */
#ifndef COMMON_CORE_LOOKALIKE_H
#define COMMON_CORE_LOOKALIKE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the text with such letters made Russian: words that mix alphabets, and words of nothing but
 * look-alikes; "III" among them is Ш. Roman numbers (I, V, X) and words that are plainly Latin stay. True
 * when the candidate differs from the text; it is a proposal, never applied by itself. Longer texts are cut
 * at size, whole characters kept. size >= 1. */
bool lookalike_propose(const char *text, char *to, size_t size);

#endif
