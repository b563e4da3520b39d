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

#define OCSP_HASHES      4
#define OCSP_HASH_SHA256 2

struct hash {
    uint8_t of_key[EVP_MAX_MD_SIZE], of_name[EVP_MAX_MD_SIZE];
    struct store_authority_hash row; // points into them
};

static int compute(const struct stored_certificate *certificate, uint32_t hash, struct hash *ret)
{
    EVP_PKEY *key = key_public_decode(certificate->public_key);
    int key_n = key ? key_hash_bits(key, hash_of(hash), ret->of_key) : -EIO;
    unsigned int name_n = 0;

    EVP_PKEY_free(key);
    if (key_n < 0 || EVP_Digest(certificate->subject_der.p, certificate->subject_der.n, ret->of_name, &name_n,
                                hash_of(hash), NULL) != 1)
        return -EIO;
    ret->row = (struct store_authority_hash){
        .hash = hash, .key = bytes_of(ret->of_key, (size_t)key_n), .name = bytes_of(ret->of_name, name_n)};
    return 0;
}

static int add(struct operation *op, const struct stored_certificate *certificate,
               const struct stored_authority *authority, int64_t *ret_id)
{
    int r = store_authority_add(op->store, authority, ret_id);
    struct hash hash;

    for (uint32_t i = 1; i <= OCSP_HASHES && r == 0; i++) {
        r = compute(certificate, i, &hash);
        if (r == 0)
            r = store_authority_add_hash(op->store, *ret_id, &hash.row);
    }
    return r;
}

// One that was deleted and comes back goes on with what it issued and revoked, and with its CRL numbers.
int authority_add(struct operation *op, const struct authority_order *order, int64_t *ret_id)
{
    struct stored_authority authority = {.crl_urls = *order->crl_urls, .ocsp_urls = *order->ocsp_urls};
    struct hash hash;
    int r = compute(order->certificate, OCSP_HASH_SHA256, &hash);

    snprintf(authority.name, sizeof(authority.name), "%s", order->certificate->info->name);
    if (r == 0)
        r = store_authority_revive(op->store, &hash.row, &authority, ret_id);
    return r == -ENOENT ? add(op, order->certificate, &authority, ret_id) : r;
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
