/* Cryptography: known answers, edges, hexadecimal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypto/crypto.h"

static int set_up(void **state)
{
    (void)state;
    return crypto_init() && crypto_init() ? 0 : 1;
}

static void hash_has_known_answers(void **state)
{
    (void)state;
    uint8_t hash[CRYPTO_HASH_SIZE];
    char text[CRYPTO_HASH_TEXT_SIZE];

    crypto_digest("", 0, hash); /* BLAKE2b-256 of nothing and of "abc", as b2sum -l 256 prints them */
    crypto_hex(hash, sizeof hash, text);
    assert_string_equal(text, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    crypto_digest("abc", 3, hash);
    crypto_hex(hash, sizeof hash, text);
    assert_string_equal(text, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    crypto_digest(NULL, 0, hash);
    crypto_hex(hash, sizeof hash, text);
    assert_string_equal(text, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};

    crypto_random(a, sizeof a);
    crypto_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    crypto_random(a, 0);
}

static void equality(void **state)
{
    (void)state;
    assert_true(crypto_equal("abc", "abc", 3));
    assert_false(crypto_equal("abc", "abd", 3));
    assert_true(crypto_equal("abc", "abd", 2));
    assert_true(crypto_equal(NULL, NULL, 0));
}

static void wiping(void **state)
{
    (void)state;
    char secret[] = "secret";

    crypto_wipe(secret, 3);
    assert_memory_equal(secret, "\0\0\0ret", 7);
    crypto_wipe(NULL, 0);
}

static void hexadecimal(void **state)
{
    (void)state;
    uint8_t bytes[3] = {0};
    char text[7];

    assert_true(crypto_hex_parse("00aBfF", bytes, 3));
    assert_memory_equal(bytes, "\x00\xAB\xFF", 3);
    crypto_hex(bytes, 3, text);
    assert_string_equal(text, "00abff");
    static const char *const bad[] = {"", "00abf", "00abff0", "00abf ", "0xabff", "00:b:f", "00abfg"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(crypto_hex_parse(bad[i], bytes, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_has_known_answers),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(equality),
        cmocka_unit_test(wiping),
        cmocka_unit_test(hexadecimal),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
