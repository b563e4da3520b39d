#include "pki-d/importer/import_material.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>

void import_material_done(struct import_material *material)
{
    for (size_t i = 0; i < material->n; i++)
        X509_free(material->certificate[i]);
    EVP_PKEY_free(material->key);
    material->n = 0;
    material->key = NULL;
}

int import_material_refuse(struct import_material *material, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(material->reason, sizeof(material->reason), format, args);
    va_end(args);
    return -EBADMSG;
}

int import_material_add(struct import_material *material, X509 *certificate)
{
    for (size_t i = 0; i < material->n; i++)
        if (X509_cmp(material->certificate[i], certificate) == 0) {
            X509_free(certificate);
            return 0;
        }
    if (material->n == VERIFIER_CERTIFICATES_MAX) {
        X509_free(certificate);
        return import_material_refuse(material, "more than %u certificates", VERIFIER_CERTIFICATES_MAX);
    }
    material->certificate[material->n++] = certificate;
    return 0;
}

int import_material_set_key(struct import_material *material, EVP_PKEY *key)
{
    if (material->key) {
        EVP_PKEY_free(key);
        return import_material_refuse(material, "more than one private key; import them one by one");
    }
    material->key = key;
    return 0;
}

int import_material_sort(struct import_material *material)
{
    size_t found = 0;

    if (material->n == 0)
        return import_material_refuse(material, "no certificate is in there");
    if (!material->key)
        return 0;
    while (found < material->n && X509_check_private_key(material->certificate[found], material->key) != 1)
        found++;
    ERR_clear_error();
    if (found == material->n)
        return import_material_refuse(material, "the private key belongs to none of the certificates");
    for (X509 *first = material->certificate[found]; found > 0; found--) {
        material->certificate[found] = material->certificate[found - 1];
        material->certificate[found - 1] = first;
    }
    return 0;
}
