#include "lib/crypto/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>

int digest_of(const struct bytes *parts, unsigned n, uint8_t ret_digest[DIGEST_BYTES])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

    for (unsigned i = 0; ok && i < n; i++)
        ok = EVP_DigestUpdate(context, parts[i].p, parts[i].n) == 1;
    ok = ok && EVP_DigestFinal_ex(context, ret_digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return ok ? 0 : -EIO;
}
