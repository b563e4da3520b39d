// A certificate in the form that the store takes: the DER, what is searched for, and the message that the API shows.
#ifndef BULKHEAD_PKI_RECORD_H
#define BULKHEAD_PKI_RECORD_H

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"
#include "pki-d/content.h"

// All for store_certificate_free; -ENOMEM or -EIO.

// One that was made here.
int record_of_content(X509 *x509, const struct content *content, struct stored_certificate **ret_record);
// One that takes the place of `old`: the same but for serial, times and perhaps the key.
int record_of_renewal(X509 *x509, const struct stored_certificate *old, struct stored_certificate **ret_record);
// One from outside, whose DER is not looked into. -EBADMSG: its key is none that we know.
int record_of_facts(const Bulkhead__Internal__V1__CertificateFacts *facts, const char *name,
                    struct stored_certificate **ret_record);

#endif
