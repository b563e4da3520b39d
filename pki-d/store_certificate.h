// Certificates of the store: authorities, what they issued, what was imported. One name means one certificate, the
// current one; those that it replaced by renewal stay beside it until they expire.
#ifndef BULKHEAD_PKI_STORE_CERTIFICATE_H
#define BULKHEAD_PKI_STORE_CERTIFICATE_H

#include "bulkhead/v1/certificate.pb-c.h"
#include "bulkhead/v1/certificate_service.pb-c.h"
#include "pki-d/store.h"

#define STORE_SHA256_BYTES 32
// Longest path from a certificate to its root.
#define STORE_CHAIN_MAX 16

struct stored_certificate {
    int64_t id;
    int64_t authority; // its issuer's (struct stored_authority); 0: of nobody here
    int64_t key;       // of store_key.h; 0: none is stored
    bool is_current;
    Bulkhead__V1__Certificate *info; // whole, as the API shows it
    struct bytes serial;
    struct bytes der;
    struct bytes subject_der;
    struct bytes public_key;     // SubjectPublicKeyInfo, RFC 5280 4.1
    struct bytes key_identifier; // RFC 5280 4.2.1.2; may be empty
    struct bytes sha256;         // of der
};

// All of these return -EIO for what SQLite refuses, and -ENOMEM. `now` (seconds since 1970) decides state and
// days_left.

// By name, or "serial:HEX" (the newest of that serial). A copy, for store_certificate_free. -ENOENT.
int store_certificate_find(struct store *store, struct bytes name, int64_t now,
                           struct stored_certificate **ret_certificate);
// One that was replaced by renewal, but is neither expired nor revoked. -ENOENT: no further one.
int store_certificate_find_replaced(struct store *store, struct bytes name, int64_t now,
                                    struct stored_certificate **ret_certificate);
// NULL is taken.
void store_certificate_free(struct stored_certificate *certificate);

// Adds it as the current one of its name; id, is_current and info's state count for nothing, days_left and the like
// neither. One that had the name must have been retired. -EEXIST: the name or that very certificate is there.
int store_certificate_add(struct store *store, const struct stored_certificate *certificate, int64_t *ret_id);
// The name will mean another one.
int store_certificate_retire(struct store *store, int64_t id);
// Deletes all certificates of the name with their keys. What was issued and revoked stays recorded.
int store_certificate_delete(struct store *store, struct bytes name);
// Deletes those that were replaced by renewal and have expired.
int store_certificate_forget_expired(struct store *store, int64_t now);
// Writes the revocation into each certificate of that authority and serial.
struct store_revoked;
int store_certificate_mark(struct store *store, const struct store_revoked *revoked);

// Is the name taken? 1, 0.
int store_certificate_exists(struct store *store, struct bytes name);
// The name of that certificate by its SHA-256, copied; -ENOENT.
int store_certificate_find_sha256(struct store *store, struct bytes sha256, char ret_name[PKI_NAME_MAX_BYTES + 1]);

// Up the issuers that are stored here: the certificate's own issuer first, the root (self-signed) last. At most
// STORE_CHAIN_MAX; each is to be freed.
int store_certificate_chain(struct store *store, const struct stored_certificate *certificate, int64_t now,
                            struct stored_certificate *ret_chain[STORE_CHAIN_MAX], size_t *ret_n);

// A page of the current ones by name, at most `page_size`. on_certificate takes the message over (free_unpacked) and
// returns 0 or a negative errno, which ends the list. *ret_more: there are further ones.
struct store_certificate_page {
    const Bulkhead__V1__ListCertificatesRequest *filter;
    struct bytes after; // name of the last one of the page before; empty: from the start
    size_t page_size;
    int64_t now;
};
// Once for each store, before the first list.
int store_certificate_prepare_list(struct store *store);
int store_certificate_list(struct store *store, const struct store_certificate_page *page,
                           int (*on_certificate)(void *arg, Bulkhead__V1__Certificate *info), void *arg,
                           bool *ret_more);

#endif
