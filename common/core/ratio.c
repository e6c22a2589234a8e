/* Owns exact rational arithmetic. Invariant: every Ratio returned is reduced with den > 0.
 * Must not use floating point. */
#include "common/core/ratio.h"

typedef __int128 Wide;

/* Euclid's; both arguments fit into 127 bits, so their signs can be dropped. */
static Wide wide_gcd(Wide a, Wide b)
{
    if (a < 0)
        a = -a;
    if (b < 0)
        b = -b;
    while (b != 0) {
        Wide rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Products of two 64-bit parts fit into 127 bits; only a sum of two products can overflow before this. */
static bool reduce(Wide num, Wide den, Ratio *ret)
{
    if (den == 0)
        return false;
    if (den < 0) {
        num = -num;
        den = -den;
    }
    Wide divisor = wide_gcd(num, den);
    num /= divisor;
    den /= divisor;
    if (num > INT64_MAX || num < -INT64_MAX || den > INT64_MAX)
        return false;
    *ret = (Ratio){(int64_t)num, (int64_t)den};
    return true;
}

bool ratio_make(int64_t num, int64_t den, Ratio *ret)
{
    return reduce(num, den, ret);
}

bool ratio_add(Ratio a, Ratio b, Ratio *ret)
{
    Wide left = (Wide)a.num * b.den, right = (Wide)b.num * a.den, sum;

    if (__builtin_add_overflow(left, right, &sum))
        return false;
    return reduce(sum, (Wide)a.den * b.den, ret);
}

bool ratio_sub(Ratio a, Ratio b, Ratio *ret)
{
    Wide left = (Wide)a.num * b.den, right = (Wide)b.num * a.den, rest;

    if (__builtin_sub_overflow(left, right, &rest))
        return false;
    return reduce(rest, (Wide)a.den * b.den, ret);
}

bool ratio_mul(Ratio a, Ratio b, Ratio *ret)
{
    return reduce((Wide)a.num * b.num, (Wide)a.den * b.den, ret);
}

bool ratio_div(Ratio a, Ratio b, Ratio *ret)
{
    return reduce((Wide)a.num * b.den, (Wide)a.den * b.num, ret);
}

int ratio_compare(Ratio a, Ratio b)
{
    Wide left = (Wide)a.num * b.den, right = (Wide)b.num * a.den;

    return left < right ? -1 : left > right;
}

Ratio ratio_int(int64_t value)
{
    return (Ratio){value, 1};
}

bool ratio_share_ge(int64_t k, int64_t n, Ratio bound)
{
    return (Wide)k * bound.den >= (Wide)bound.num * n;
}

bool ratio_round(Ratio value, int scale, int64_t *ret)
{
    Wide num = (Wide)value.num * 2, den = (Wide)value.den * 2;

    for (int i = 0; i < scale; i++)
        num *= 10;
    /* Doubled, so that half a unit is the whole number value.den. */
    Wide rounded = (num < 0 ? num - value.den : num + value.den) / den;
    if (rounded > INT64_MAX || rounded < -INT64_MAX)
        return false;
    *ret = (int64_t)rounded;
    return true;
}

bool ratio_parse(const char *text, Ratio *ret)
{
    bool negative = *text == '-', point = false, digits = false;
    Wide num = 0, den = 1;

    if (negative)
        text++;
    for (; *text != '\0'; text++) {
        if ((*text == '.' || *text == ',') && !point && digits) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || num > INT64_MAX / 10 || den > INT64_MAX / 10)
            return false;
        digits = true;
        num = num * 10 + (*text - '0');
        if (point)
            den *= 10;
    }
    return digits && reduce(negative ? -num : num, den, ret);
}
