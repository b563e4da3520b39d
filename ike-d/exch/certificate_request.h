// Whose certificates a responder takes, said in its IKE_SA_INIT answer (RFC 7296 1.2, 3.7): who calls is not known yet,
// so it names the authorities of all tunnels that may be meant. Many peers send their certificate only if they are
// asked for one. pki-d is asked once a tunnel, and again when something has changed there.
#ifndef BULKHEAD_IKE_EXCH_CERTIFICATE_REQUEST_H
#define BULKHEAD_IKE_EXCH_CERTIFICATE_REQUEST_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message_writer.h"

// Tunnels that are looked at; further ones are not asked for.
#define CERTIFICATE_REQUEST_TUNNELS_MAX 8

// What a tunnel trusts is known now. What does not fit into memory is asked for again.
void certificate_request_keep(struct tunnel *tunnel, struct bytes authorities);
// A tunnel that may be meant, by certificates, and whose authorities are not known yet; NULL: there is none, of those
// from *turn on. *turn then is the next one's.
struct tunnel *certificate_request_next(const struct ike_sa *sa, unsigned *turn);
// CERTREQ; nothing where no such tunnel may be meant.
void certificate_request_put(struct message_writer *mw, const struct ike_sa *sa);

#endif
