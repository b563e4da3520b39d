// ike-d's side of the edge to pki-d.
#ifndef BULKHEAD_IKE_LINK_PKI_CLIENT_H
#define BULKHEAD_IKE_LINK_PKI_CLIENT_H

#include "ike-d/sa/ike_env.h"

// Fills in psk_sign, psk_verify and ppk_mix; env->arg must be a struct ike.
void pki_client_fill(struct ike_env *env);

#endif
