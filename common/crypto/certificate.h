/* What an administrator must know of a certificate and its key before clients find out. The only user of
 * OpenSSL. */
#ifndef COMMON_CRYPTO_CERTIFICATE_H
#define COMMON_CRYPTO_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/err.h"

typedef struct Certificate {
    int64_t not_before_ms, not_after_ms; /* Unix time */
    bool key_fits;
} Certificate;

/* Reads the first certificate of one PEM file and the private key of another. INVALID_ARGUMENT / TLS_FILES
 * ("file") when one of them holds none; keys under a password are not supported. */
ErrCode certificate_read(const char *cert_file, const char *key_file, Certificate *ret, Err *err) MUST_CHECK;

/* Version of the library that is loaded, "3.0.22". */
const char *certificate_library(void);

#endif
