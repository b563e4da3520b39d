// An authority comes to be: made here, or imported.
#ifndef BULKHEAD_PKI_AUTHORITY_H
#define BULKHEAD_PKI_AUTHORITY_H

#include "pki-d/issuer.h"

// Adds the authority of that certificate's name, and what OCSP knows it by, within the transaction.
struct authority_order {
    const struct stored_certificate *certificate;
    const struct store_urls *crl_urls, *ocsp_urls; // see struct stored_authority
};
int authority_add(struct operation *op, const struct authority_order *order, int64_t *ret_id);
// Its first or next CRL, when certificate and key are stored.
int authority_begin_crl(struct operation *op, const char *name);

// The path length (RFC 5280 4.2.1.9) of a new one below `issuer`; NULL: a root. `wish` CONTENT_NO_PATH_LENGTH: the
// default. A refusal names path_length.
int authority_choose_path_length(struct operation *op, const struct issuer *issuer, int wish, int *ret_path_length);

#endif
