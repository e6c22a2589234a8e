/* Scaled integers as people and machines write them: 12345 at scale 1 is "1 234,5" on screen, "1234.5" in
 * JSON and CSV. A cell's value is such an integer, its field fixes the scale (0..9). */
#ifndef COMMON_CORE_DECIMAL_H
#define COMMON_CORE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_TEXT_SIZE = 64 }; /* enough for any value in either style */

/* How a text differs from a number: so that the message can say what is wrong. */
typedef enum DecimalFault {
    DECIMAL_FINE = 0,
    DECIMAL_NOT_A_NUMBER, /* letters, two commas, nothing at all */
    DECIMAL_TOO_PRECISE,  /* more digits after the comma than the field keeps */
    DECIMAL_OUT_OF_RANGE, /* does not fit into 63 bits */
} DecimalFault;

/* Reads digits with an optional sign, comma or point, and group spaces (space, U+00A0, U+202F) into value *
 * 10^scale. Zeros beyond the scale are no excess precision. *ret is written only when the result is fine. */
DecimalFault decimal_parse(const char *text, int scale, int64_t *ret);

/* Plain, for JSON, CSV and hashes: "-1234.50" with exactly scale digits after the point, in any locale.
 * to: DECIMAL_TEXT_SIZE bytes. */
void decimal_dump(int64_t value, int scale, char *to);

/* For a person, Russian "1 234,5" (groups parted by U+00A0, so that a line never breaks inside) or English
 * "1,234.5". decimal_parse reads the Russian form back. to: DECIMAL_TEXT_SIZE bytes. */
void decimal_show(int64_t value, int scale, bool russian, char *to);

#endif
