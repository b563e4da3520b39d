// Certificate revocation lists (RFC 5280 5). Whole lists by the issuer itself are read; delta and indirect lists are
// not.
#ifndef BULKHEAD_PKI_VERIFIER_CRL_H
#define BULKHEAD_PKI_VERIFIER_CRL_H

#include "pki-d/verifier/revocation_status.h"

// DER or PEM, at most VERIFIER_DOCUMENT_MAX_BYTES, to be freed with X509_CRL_free. False: it can't be used, and why: no
// CRL, not of this issuer, not signed by its key, too weakly signed, of a kind that is not read here.
bool crl_read(struct bytes data, X509 *issuer, X509_CRL **ret_crl, struct revocation_status *ret_status);

// Seconds since 1970 of this and the next update. False: no such times.
bool crl_times(const X509_CRL *crl, int64_t *ret_this, int64_t *ret_next);

// Neither from the future nor out of date. False: why.
bool crl_is_current(const X509_CRL *crl, int64_t now, struct revocation_status *ret_status);
// For all certificates of its issuer. False: why.
bool crl_is_whole(const X509_CRL *crl, struct revocation_status *ret_status);

// What a list from somewhere says about a certificate. False: nothing, and why.
bool crl_check(struct bytes data, const struct revocation_subject *subject, struct revocation_status *ret_status);

// Of an entry: RFC 5280 5.3.1; 0: none is given.
int crl_entry_reason(const X509_REVOKED *entry);

#endif
