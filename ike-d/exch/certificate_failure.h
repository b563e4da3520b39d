// Why authentication with certificates failed, told by name: what the verifier found wrong with the peer's, or what is
// missing here.
#ifndef BULKHEAD_IKE_EXCH_CERTIFICATE_FAILURE_H
#define BULKHEAD_IKE_EXCH_CERTIFICATE_FAILURE_H

#include "ike-d/exch/failure.h"

struct message;

// The verifier's verdict.
void certificate_failure_say(struct tunnel_failure *failure, const struct ike_sa *sa,
                             const struct peer_certificate *peer);
// pki-d can sign nothing that this peer could check. Not for ever: what the peer can check it says in a message that
// anybody may have forged.
void certificate_failure_say_no_signature(struct tunnel_failure *failure, const struct tunnel *tunnel, const char *why);
// The peer's message has no X.509 certificate in it.
void certificate_failure_say_none(struct tunnel_failure *failure, const struct ike_sa *sa, const struct message *m);
// pki-d has not the certificate, its key or an authority.
void certificate_failure_say_missing(struct tunnel_failure *failure, const struct tunnel *tunnel, const char *why);
// The peer has not accepted ours.
void certificate_failure_say_not_accepted(struct tunnel_failure *failure, const struct ike_sa *sa);
// The peer's certificate has run out while its IKE SA stood.
void certificate_failure_say_run_out(struct tunnel_failure *failure, const struct ike_sa *sa);

#endif
