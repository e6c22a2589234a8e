/* Numbers of workbooks as texts: plain decimals, and dates counted in days. */
#ifndef CLIENT_TABLE_XLSX_NUMBER_H
#define CLIENT_TABLE_XLSX_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum { XLSX_NUMBER_SIZE = 400 }; /* the longest double written out, with room */

/* What a number format makes of a number. */
typedef enum XlsxFormat { XLSX_FORMAT_NUMBER = 0, XLSX_FORMAT_DATE, XLSX_FORMAT_TIME } XlsxFormat;

/* Of the built-in format with that id (ECMA-376 part 1, 18.8.30). */
XlsxFormat xlsx_format_builtin(unsigned id);

/* Of a format code such as "dd.mm.yyyy" or "# ##0,00": days, months and years outside of quotes, brackets and
 * escapes make a date, hours and seconds alone a time; an elapsed time "[h]:mm" stays a number. */
XlsxFormat xlsx_format_parse(const char *code);

/* "1E-3" -> "0.001", "0.30000000000000004" -> "0.3", "5.0" -> "5", "12345.1" as it is: digits are moved,
 * never computed. A fraction or exponent keeps 15 significant digits, which is all a double holds; whole
 * numbers keep every digit. false: no number, or one beyond a double. to: XLSX_NUMBER_SIZE bytes. */
bool xlsx_number_dump(const char *text, char *to);

/* Days since 1899-12-31 (or 1904-01-01) as ISO text, to the second. The day 60 of the first system is the
 * 29 February 1900 that never was, kept as the programs show it. false: before the first or after the last
 * day of the format. to: XLSX_NUMBER_SIZE bytes. */
bool xlsx_date_dump(double days, bool from_1904, XlsxFormat format, char *to);

#endif
