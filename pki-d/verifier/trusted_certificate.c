#include "pki-d/verifier/trusted_certificate.h"

#include <stdlib.h>
#include <string.h>

#include "pki-d/verifier/certificate.h"

static X509 *find(const struct trusted_certificates *trusted, struct bytes der)
{
    for (size_t i = 0; i < TRUSTED_CERTIFICATES_MAX && trusted->kept[i].certificate; i++)
        if (bytes_equal(der, bytes_of(trusted->kept[i].der, trusted->kept[i].n)))
            return trusted->kept[i].certificate;
    return NULL;
}

// Without memory it is parsed again the next time.
static void keep(struct trusted_certificates *trusted, struct bytes der, X509 *certificate)
{
    uint8_t *copy = malloc(der.n);

    if (!copy || X509_up_ref(certificate) != 1) {
        free(copy);
        return;
    }
    memcpy(copy, der.p, der.n);
    free(trusted->kept[trusted->next].der);
    X509_free(trusted->kept[trusted->next].certificate);
    trusted->kept[trusted->next].der = copy;
    trusted->kept[trusted->next].n = der.n;
    trusted->kept[trusted->next].certificate = certificate;
    trusted->next = (trusted->next + 1) % TRUSTED_CERTIFICATES_MAX;
}

int trusted_certificate_parse(struct trusted_certificates *trusted, struct bytes der, X509 **ret_certificate,
                              char *ret_reason)
{
    X509 *certificate = trusted ? find(trusted, der) : NULL;
    int r;

    if (certificate && X509_up_ref(certificate) == 1) {
        *ret_certificate = certificate;
        return 0;
    }
    r = certificate_parse(der, &certificate, ret_reason);
    if (r < 0)
        return r;
    if (trusted)
        keep(trusted, der, certificate);
    *ret_certificate = certificate;
    return 0;
}

void trusted_certificates_done(struct trusted_certificates *trusted)
{
    for (size_t i = 0; i < TRUSTED_CERTIFICATES_MAX; i++) {
        free(trusted->kept[i].der);
        X509_free(trusted->kept[i].certificate);
    }
    *trusted = (struct trusted_certificates){.next = 0};
}
