/* Owns what numbers of a workbook mean. Invariant: no digit of a figure passes through floating point; only
 * days and times do. Must not read files. */
#include "client/table/xlsx_number.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGITS_MAX = 15, EXPONENT_MAX = 308, SECONDS = 86400, LEAP_DAY = 60 };
enum { DAYS = 2958466, DAYS_1904 = DAYS - 1462 }; /* to the end of 9999 */
enum { EPOCH = 25568, EPOCH_1904 = 24107 };       /* days from the first day to 1970-01-01 */

XlsxFormat xlsx_format_builtin(unsigned id)
{
    if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) ||
        id == 57 || id == 58)
        return XLSX_FORMAT_DATE;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 || id == 56)
        return XLSX_FORMAT_TIME;
    return XLSX_FORMAT_NUMBER;
}

/* Brackets hold colours, conditions and currencies, except elapsed hours, minutes and seconds. */
static bool is_elapsed(const char *bracket)
{
    size_t length = strcspn(bracket + 1, "]");

    return length > 0 && strspn(bracket + 1, "hHmMsS") == length;
}

XlsxFormat xlsx_format_parse(const char *code)
{
    XlsxFormat format = XLSX_FORMAT_NUMBER;

    if (strncasecmp(code, "General", 7) == 0)
        return XLSX_FORMAT_NUMBER;
    for (const char *at = code; *at != '\0' && *at != ';'; at++) {
        if (*at == '[') {
            if (is_elapsed(at))
                return XLSX_FORMAT_NUMBER;
            at += strcspn(at, "]");
        } else if (*at == '"') {
            at += 1 + strcspn(at + 1, "\"");
        } else if (*at == '\\' || *at == '_' || *at == '*') {
            at++;
        } else if (strchr("dDyY", *at) != NULL ||
                   (strchr("mM", *at) != NULL && strncasecmp(at, "mmm", 3) == 0)) {
            return XLSX_FORMAT_DATE;
        } else if (strchr("hHsS", *at) != NULL) {
            format = XLSX_FORMAT_TIME;
        }
        if (*at == '\0')
            break;
    }
    return format;
}

/* A number taken apart: 0.digits * 10^point. */
typedef struct Digits {
    char digits[XLSX_NUMBER_SIZE];
    int count, point;
    bool negative, fraction; /* fraction: a point or an exponent was written */
} Digits;

/* Adds a digit; zeros before the first are only counted in the point. */
static bool add_digit(Digits *number, char digit, bool behind_point)
{
    if (number->count == 0 && digit == '0') {
        number->point -= behind_point;
        return true;
    }
    if (number->count == XLSX_NUMBER_SIZE - 1)
        return behind_point; /* further digits of a fraction change nothing */
    number->digits[number->count++] = digit;
    number->point += !behind_point;
    return true;
}

/* -123.45E+6 with nothing before or behind. */
static bool take_apart(const char *text, Digits *number)
{
    bool any = false;

    *number = (Digits){.negative = *text == '-'};
    text += *text == '-' || *text == '+';
    for (; *text >= '0' && *text <= '9'; text++, any = true)
        if (!add_digit(number, *text, false))
            return false;
    if (*text == '.') {
        number->fraction = true;
        for (text++; *text >= '0' && *text <= '9'; text++, any = true)
            if (!add_digit(number, *text, true))
                return false;
    }
    if (any && (*text == 'e' || *text == 'E')) {
        char *end;
        long exponent = strtol(text + 1, &end, 10);
        if (end == text + 1 || exponent > EXPONENT_MAX || exponent < -2 * EXPONENT_MAX)
            return false;
        number->fraction = true;
        number->point += (int)exponent;
        text = end;
    }
    return any && *text == '\0' && number->point <= EXPONENT_MAX + 1;
}

/* Half up at the digit after the last one kept. */
static void round_digits(Digits *number)
{
    if (number->fraction && number->count > DIGITS_MAX) {
        bool up = number->digits[DIGITS_MAX] >= '5';
        number->count = DIGITS_MAX;
        for (int i = DIGITS_MAX - 1; up && i >= 0; i--) {
            up = number->digits[i] == '9';
            number->digits[i] = up ? '0' : (char)(number->digits[i] + 1);
        }
        if (up) { /* all were nines */
            number->digits[0] = '1';
            number->count = 1;
            number->point++;
        }
    }
    while (number->count > 0 && number->count > number->point && number->digits[number->count - 1] == '0')
        number->count--;
}

bool xlsx_number_dump(const char *text, char *to)
{
    Digits number;

    if (!take_apart(text, &number))
        return false;
    round_digits(&number);
    if (number.count == 0 || number.point < -EXPONENT_MAX) {
        to[0] = '0';
        to[1] = '\0';
        return true;
    }
    if (number.negative)
        *to++ = '-';
    int first = number.point < 1 ? number.point - 1 : 0; /* of the digits written: zeros stand before them */
    int last = number.count > number.point ? number.count : number.point;
    for (int i = first; i < last; i++) {
        if (i == number.point && i > first)
            *to++ = '.';
        *to++ = i >= 0 && i < number.count ? number.digits[i] : '0';
    }
    *to = '\0';
    return true;
}

/* Year, month and day of a day counted from 1970-01-01 (Hinnant's civil calendar). */
static void dump_day(int64_t day, char *to)
{
    int64_t shifted = day + 719468, era = shifted / 146097, of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    int64_t of_month = of_year - (153 * month + 2) / 5 + 1;

    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    snprintf(to, 24, "%04d-%02d-%02d", (int)(year % 10000), (int)(month % 100), (int)(of_month % 100));
}

bool xlsx_date_dump(double days, bool from_1904, XlsxFormat format, char *to)
{
    if (!(days >= 0 && days < (from_1904 ? DAYS_1904 : DAYS)))
        return false;
    int64_t seconds = (int64_t)(days * SECONDS + 0.5), day = seconds / SECONDS;
    int clock = (int)(seconds % SECONDS);

    if (day > 0 || (from_1904 && format == XLSX_FORMAT_DATE)) {
        if (from_1904)
            dump_day(day - EPOCH_1904, to);
        else if (day == LEAP_DAY)
            memcpy(to, "1900-02-29", 11);
        else
            dump_day(day - EPOCH - (day > LEAP_DAY), to);
        if (clock == 0 && format == XLSX_FORMAT_DATE)
            return true;
        to += strlen(to);
        *to++ = 'T';
    }
    snprintf(to, 16, "%02d:%02d:%02d", clock / 3600, clock / 60 % 60, clock % 60);
    return true;
}
