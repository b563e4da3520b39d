// Authorities of the store. An authority is one name and one key for ever: its certificate may be renewed, its key not.
// A deleted one leaves its row behind, for the sake of what it issued.
#ifndef BULKHEAD_PKI_STORE_AUTHORITY_H
#define BULKHEAD_PKI_STORE_AUTHORITY_H

#include "pki-d/store.h"

#define STORE_URLS_MAX       4
#define STORE_URL_MAX_BYTES  256
#define STORE_HASH_MAX_BYTES 64

// URLs, a line each.
struct store_urls {
    char text[STORE_URLS_MAX * (STORE_URL_MAX_BYTES + 1) + 1];
};

struct stored_authority {
    int64_t id;
    char name[PKI_NAME_MAX_BYTES + 1];
    // Of one that issues here: what its certificates will say; of one from outside: where their status can be asked.
    struct store_urls crl_urls, ocsp_urls;
    uint64_t issued;
    uint64_t crl_number;         // 0: no CRL yet, which is so for authorities without a key here
    int64_t crl_next_update;     // seconds since 1970
    int64_t foreign_next_update; // of the CRL that was imported; 0: none
    bool has_key;                // it can sign here
};

// -ENOENT.
int store_authority_find(struct store *store, struct bytes name, struct stored_authority *ret_authority);
// Also a deleted one.
int store_authority_find_id(struct store *store, int64_t id, struct stored_authority *ret_authority);
// All that are not deleted, by name; stops when on_authority does not return 0, and returns that. The store may be
// asked meanwhile, not changed.
int store_authority_each(struct store *store, int (*on_authority)(void *arg, const struct stored_authority *authority),
                         void *arg);
// Name and URLs count. -EEXIST.
int store_authority_add(struct store *store, const struct stored_authority *authority, int64_t *ret_id);
int store_authority_delete(struct store *store, int64_t id);
// The one of that hash that was deleted last, under another name perhaps: as store_authority_add. -ENOENT: none.
struct store_authority_hash;
int store_authority_revive(struct store *store, const struct store_authority_hash *hash,
                           const struct stored_authority *authority, int64_t *ret_id);
// 1 if certificates of it (but for its own) are valid at `now` and not revoked; else 0.
int store_authority_is_needed(struct store *store, int64_t id, int64_t now);

// What OCSP knows it by (RFC 6960 4.1.1): `hash` as in OcspQuestion, SHA-x of the subject's DER and of the key's bits.
struct store_authority_hash {
    uint32_t hash;
    struct bytes key, name;
};
int store_authority_add_hash(struct store *store, int64_t id, const struct store_authority_hash *hash);
// One that is not deleted and has its key here. -ENOENT.
int store_authority_find_hash(struct store *store, const struct store_authority_hash *hash,
                              struct stored_authority *ret_authority);

// Its latest CRL. -ENOENT.
struct store_crl {
    uint64_t number;
    int64_t next_update;
    uint32_t revoked;
    struct bytes der; // of what is found: to be freed with store_crl_done
};
int store_crl_find(struct store *store, int64_t authority, struct store_crl *ret_crl);
void store_crl_done(struct store_crl *crl);
int store_crl_put(struct store *store, int64_t authority, const struct store_crl *crl);

#endif
