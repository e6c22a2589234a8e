/* Owns reading certificates; the only user of OpenSSL. Invariant: nothing read here stays in memory. Must not
 * decide whether a certificate is to be trusted. */
#include "common/crypto/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <time.h>

#include "common/core/text.h"

static ErrCode refuse(const char *file, const char *cause, Err *err)
{
    err_set(err, ERR_INVALID_ARGUMENT, "TLS_FILES");
    err_arg(err, "file", "%s", file);
    return err_arg(err, "cause", "%s", cause);
}

/* A password would be asked for at a terminal nobody sits at. */
static int no_password(char *to, int size, int writing, void *context)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static int64_t time_ms(const ASN1_TIME *time)
{
    struct tm parts;

    return time != NULL && ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) * 1000 : 0;
}

static X509 *read_cert(const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *cert = file == NULL ? NULL : PEM_read_X509(file, NULL, no_password, NULL);

    if (file != NULL)
        fclose(file);
    return cert;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, no_password, NULL);

    if (file != NULL)
        fclose(file);
    return key;
}

ErrCode certificate_read(const char *cert_file, const char *key_file, Certificate *ret, Err *err)
{
    X509 *cert = read_cert(cert_file);
    EVP_PKEY *key = read_key(key_file);
    ErrCode code = ERR_OK;

    if (cert == NULL)
        code = refuse(cert_file, "no certificate in PEM", err);
    else if (key == NULL)
        code = refuse(key_file, "no private key in PEM", err);
    else
        *ret = (Certificate){
            .not_before_ms = time_ms(X509_get0_notBefore(cert)),
            .not_after_ms = time_ms(X509_get0_notAfter(cert)),
            .key_fits = X509_check_private_key(cert, key) == 1,
        };
    X509_free(cert);
    EVP_PKEY_free(key);
    return code;
}

const char *certificate_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
