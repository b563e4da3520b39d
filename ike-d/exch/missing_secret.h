// A tunnel whose pre-shared or post-quantum key, or certificate, is not stored in pki-d: it waits for it, and says so,
// whether that shows in an attempt or before one.
#ifndef BULKHEAD_IKE_EXCH_MISSING_SECRET_H
#define BULKHEAD_IKE_EXCH_MISSING_SECRET_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"

// ppk: it is the post-quantum key (RFC 8784). Not for certificates.
void missing_secret_describe(const struct tunnel *tunnel, bool ppk, struct tunnel_failure *ret_failure);
// Of one that waits: it is its certificate that is missing, else a secret, which has the name below.
bool missing_secret_is_certificate(const struct tunnel *tunnel);
const char *missing_secret_name(const struct tunnel *tunnel);
// pki-d says so before anybody has tried: attempts of ours end, since they would lead nowhere. No matter for a tunnel
// that carries packets, that is held down, or that can do without the key.
void missing_secret_found(struct ike_core *core, const char *tunnel, bool ppk);
// The same about its certificate, with one line about what is in the way.
void missing_secret_found_certificate(struct ike_core *core, const char *tunnel, const char *why);

#endif
