/* Cryptography behind a few functions; the only user of libsodium. */
#ifndef COMMON_CRYPTO_CRYPTO_H
#define COMMON_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CRYPTO_HASH_SIZE = 32, CRYPTO_HASH_TEXT_SIZE = 65 };

/* Must succeed before anything else; false: no randomness. Safe to call again. */
bool crypto_init(void);
void crypto_digest(const void *bytes, size_t size, uint8_t *ret_hash); /* BLAKE2b-256 */
#define crypto_hash crypto_digest /* libsodium has a function of the first name */

/* Version of libsodium that is loaded. */
const char *crypto_library(void);

/* Bytes for tokens and keys, from the operating system. */
void crypto_random(void *to, size_t size);
bool crypto_equal(const void *a, const void *b, size_t size); /* constant time */

/* Overwrites a secret so that the compiler cannot leave it out. */
void crypto_wipe(void *bytes, size_t size);

/* Text form of hashes: lower-case digits; parsing takes both cases, exactly 2*size digits and nothing else.
 */
void crypto_hex(const uint8_t *bytes, size_t size, char *to);      /* 2*size+1 bytes, lower case */
bool crypto_hex_parse(const char *text, uint8_t *to, size_t size); /* exactly 2*size digits */

#endif
