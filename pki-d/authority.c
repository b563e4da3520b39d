#include "pki-d/authority.h"

#include <errno.h>
#include <stdio.h>

#include "pki-d/content.h"
#include "pki-d/crl.h"
#include "pki-d/key.h"

// OcspQuestion.hash
static const EVP_MD *hash_of(uint32_t hash)
{
    const EVP_MD *const hashes[] = {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()};

    return hashes[hash - 1];
}

#define OCSP_HASHES 4

static int add_hash(struct operation *op, int64_t id, const struct stored_certificate *certificate, uint32_t hash)
{
    EVP_PKEY *key = key_public_decode(certificate->public_key);
    uint8_t of_key[EVP_MAX_MD_SIZE], of_name[EVP_MAX_MD_SIZE];
    struct store_authority_hash row = {.hash = hash};
    unsigned int name_n = 0;
    int key_n = key ? key_hash_bits(key, hash_of(hash), of_key) : -EIO;

    EVP_PKEY_free(key);
    if (key_n < 0 ||
        EVP_Digest(certificate->subject_der.p, certificate->subject_der.n, of_name, &name_n, hash_of(hash), NULL) != 1)
        return -EIO;
    row.key = bytes_of(of_key, (size_t)key_n);
    row.name = bytes_of(of_name, name_n);
    return store_authority_add_hash(op->store, id, &row);
}

int authority_add(struct operation *op, const struct authority_order *order, int64_t *ret_id)
{
    struct stored_authority authority = {.crl_urls = *order->crl_urls, .ocsp_urls = *order->ocsp_urls};
    int r;

    snprintf(authority.name, sizeof(authority.name), "%s", order->certificate->info->name);
    r = store_authority_add(op->store, &authority, ret_id);
    for (uint32_t hash = 1; hash <= OCSP_HASHES && r == 0; hash++)
        r = add_hash(op, *ret_id, order->certificate, hash);
    return r;
}

int authority_begin_crl(struct operation *op, const char *name)
{
    struct issuer self;
    int r = issuer_open(op, name, "authority", &self);

    if (r < 0)
        return r;
    r = crl_make(op, &self);
    issuer_close(&self);
    return r;
}

int authority_choose_path_length(struct operation *op, const struct issuer *issuer, int wish, int *ret_path_length)
{
    int limit = issuer ? issuer->certificate->info->path_length : CONTENT_NO_PATH_LENGTH;

    if (limit == 0)
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                                "issuer: \"%s\" has path length 0: it issues no authorities", issuer->authority.name);
    if (wish == CONTENT_NO_PATH_LENGTH) {
        *ret_path_length = issuer ? 0 : CONTENT_NO_PATH_LENGTH;
        return 0;
    }
    if (limit != CONTENT_NO_PATH_LENGTH && wish >= limit)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "path_length: %d: at most %d below \"%s\"", wish,
                                limit - 1, issuer->authority.name);
    *ret_path_length = wish;
    return 0;
}
