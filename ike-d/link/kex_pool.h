// Diffie-Hellman in libuv's thread pool, so that the loop goes on meanwhile.
#ifndef BULKHEAD_IKE_LINK_KEX_POOL_H
#define BULKHEAD_IKE_LINK_KEX_POOL_H

#include "ike-d/sa/ike_env.h"

// Fills in kex_generate, kex_derive and kex_exchange; env->arg must be a struct ike.
void kex_pool_fill(struct ike_env *env);

#endif
