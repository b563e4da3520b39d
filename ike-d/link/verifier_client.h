// The verifier's part of ike_env: is the peer who it says it is?
#ifndef BULKHEAD_IKE_LINK_VERIFIER_CLIENT_H
#define BULKHEAD_IKE_LINK_VERIFIER_CLIENT_H

struct ike_env;

void verifier_client_fill(struct ike_env *env);

#endif
