/* Owns cryptography; the only user of libsodium. Invariant: comparison and wiping are constant-time and not
 * optimised away. Must not invent constructions: one hash, one source of randomness. */

#include <sodium.h>
#include <string.h>

#include "common/crypto/crypto.h" /* after sodium.h: it renames a function of that header */

bool crypto_init(void)
{
    return sodium_init() >= 0;
}

void crypto_digest(const void *bytes, size_t size, uint8_t *ret_hash)
{
    crypto_generichash(ret_hash, CRYPTO_HASH_SIZE, size > 0 ? bytes : NULL, size, NULL, 0);
}

void crypto_random(void *to, size_t size)
{
    randombytes_buf(to, size);
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    return size == 0 || sodium_memcmp(a, b, size) == 0;
}

void crypto_wipe(void *bytes, size_t size)
{
    if (size > 0)
        sodium_memzero(bytes, size);
}

void crypto_hex(const uint8_t *bytes, size_t size, char *to)
{
    sodium_bin2hex(to, size * 2 + 1, bytes, size);
}

bool crypto_hex_parse(const char *text, uint8_t *to, size_t size)
{
    size_t length = strlen(text), wrote = 0;

    if (length != size * 2)
        return false;
    return sodium_hex2bin(to, size, text, length, NULL, &wrote, NULL) == 0 && wrote == size;
}

const char *crypto_library(void)
{
    return sodium_version_string();
}
