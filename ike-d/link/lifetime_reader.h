// Reads bulkhead.v1.Lifetime; its defaults are IKE_LIFETIME_*'s (sa/ike_limits.h).
#ifndef BULKHEAD_IKE_LINK_LIFETIME_READER_H
#define BULKHEAD_IKE_LINK_LIFETIME_READER_H

#include "bulkhead/v1/tunnel.pb-c.h"
#include "ike-d/sa/lifetime.h"

// message may be NULL.
struct lifetime lifetime_reader_read(const Bulkhead__V1__Lifetime *message, uint64_t default_rekey_ms);

#endif
