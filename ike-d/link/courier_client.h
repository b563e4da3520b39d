// ike-d's end of the edge to the courier: the addresses of peers' names.
#ifndef BULKHEAD_IKE_LINK_COURIER_CLIENT_H
#define BULKHEAD_IKE_LINK_COURIER_CLIENT_H

#include "ike-d/sa/ike_env.h"

// The functions of ike_env that ask it.
void courier_client_fill(struct ike_env *env);

#endif
