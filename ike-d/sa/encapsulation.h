// Whether ESP goes in UDP (RFC 3948) or as IP protocol 50, and why: from what this tunnel wants, what the peer's NAT
// detection says (RFC 7296 2.23) and what it wants.
//
// Without a NAT and without other wishes ESP goes in UDP, because there the kernel takes and gives a whole burst at
// once (UDP_SEGMENT, UDP_GRO), which it does for no other protocol.
#ifndef BULKHEAD_IKE_SA_ENCAPSULATION_H
#define BULKHEAD_IKE_SA_ENCAPSULATION_H

#include "ike-d/key/nat_detection.h"

enum udp_wish {
    UDP_PREFERRED, // encapsulation: auto
    UDP_FORCED,    // force
    UDP_ALONE,     // auto, and there is nothing else that this gateway can do
    UDP_REFUSED,   // off
};

enum encapsulation_reason {
    ENCAPSULATION_PREFERRED,
    // in UDP
    ENCAPSULATION_LOCAL_NAT,
    ENCAPSULATION_REMOTE_NAT,
    ENCAPSULATION_BOTH_NAT,
    ENCAPSULATION_FORCED,
    ENCAPSULATION_ALONE,
    ENCAPSULATION_PEER_FORCES,
    ENCAPSULATION_TOLD_PEER,
    // as protocol 50
    ENCAPSULATION_OFF,
    ENCAPSULATION_NO_NAT_TRAVERSAL,
    ENCAPSULATION_PEER_REFUSES,
    ENCAPSULATION_TOLD_PEER_OFF,
    ENCAPSULATION_PORT_SILENT,
    ENCAPSULATION_PEER_SENDS_BARE,
};

struct encapsulation {
    enum udp_wish wish; // of the tunnel
    enum udp_wish told; // what our hashes in IKE_SA_INIT said, when the tunnel may not have been known yet
    bool port_silent;   // nobody has answered on port 4500
    bool natt;          // the peer does NAT traversal: port 4500 is used
    bool local_nat;
    bool remote_nat;
    bool peer_forces;  // it wants ESP in UDP without a NAT, too
    bool peer_refuses; // it wants IP protocol 50
    bool peer_is_bare; // it sends so, whatever it was told
    // the outcome
    bool in_udp;
    enum encapsulation_reason reason;
};

// From all the rest the outcome.
void encapsulation_settle(struct encapsulation *encapsulation);
// "auto: ...", for operators.
const char *encapsulation_reason_text(enum encapsulation_reason reason);

#endif
