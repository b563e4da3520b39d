// Peers that call and that no tunnel is for: who, when, how often, what they offered. A table of bounded size, by the
// network that they call from; the one that was heard longest ago makes room. Source addresses may be forged, so it
// proves nothing and costs little.
#ifndef BULKHEAD_IKE_SA_STRANGER_H
#define BULKHEAD_IKE_SA_STRANGER_H

#include <stdbool.h>
#include <stdint.h>

#include "ike-d/nego/vendor.h"
#include "lib/net/address.h"

#define STRANGERS_MAX           64u
#define STRANGER_OFFER_BYTES    192
#define STRANGER_IDENTITY_BYTES 128

enum stranger_reason { // the numbers of bulkhead.v1.UnknownPeerReason
    STRANGER_NO_TUNNEL = 1,
    STRANGER_UNKNOWN_IDENTITY = 2,
    STRANGER_IKEV1 = 3,
};

struct stranger {
    struct address network; // IPv4 /24, IPv6 /48
    struct endpoint remote; // who called last
    struct endpoint local;
    enum stranger_reason reason;
    enum vendor vendor;
    uint64_t times;
    uint64_t first_s; // Unix time
    uint64_t last_s;
    uint64_t told_ms;                        // when the last event was raised; 0: never
    char offer[STRANGER_OFFER_BYTES];        // its IKE proposals, cut short to fit
    char identity[STRANGER_IDENTITY_BYTES];  // what it called itself; "": it did not come so far
    char asked_for[STRANGER_IDENTITY_BYTES]; // what it called us; "": it does not care
};

struct strangers {
    struct stranger *list; // NULL: none has ever called
    unsigned n;
    uint64_t not_noted; // came too fast
};

void strangers_done(struct strangers *strangers);
// The entry of the caller's network, or a new one, with its endpoints, reason, count and times filled in. NULL without
// memory.
struct stranger *stranger_note(struct strangers *strangers, const struct endpoint *local, const struct endpoint *remote,
                               enum stranger_reason reason, uint64_t now_s);
// Has that address called with IKEv1 since?
bool stranger_called_with_ikev1(const struct strangers *strangers, const struct address *remote, uint64_t since_s);

#endif
