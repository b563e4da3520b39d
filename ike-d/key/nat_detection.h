// NAT detection hashes (RFC 7296 2.23): SHA-1(SPIi | SPIr | address | port).
#ifndef BULKHEAD_IKE_NAT_DETECTION_H
#define BULKHEAD_IKE_NAT_DETECTION_H

#include "ike-d/wire/message.h"
#include "lib/net/address.h"

#define NAT_DETECTION_BYTES 20

// -EIO when OpenSSL fails.
int nat_detection_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *endpoint,
                       uint8_t ret_hash[NAT_DETECTION_BYTES]);

// What a source hash is made into to say more than where NATs stand: no endpoint's hash, but each octet of its own one
// changed. In the place of the true one it makes every peer believe in a NAT, and so in ESP in UDP (others hash port 0
// for that); beside the true one it changes nothing for those who don't know it, since one hash that fits is enough.
enum nat_mark {
    NAT_MARK_FORCES = 0xff,  // this gateway sends ESP in UDP alone
    NAT_MARK_PREFERS = 0x55, // it would rather do so
    NAT_MARK_REFUSES = 0xaa, // beside the true one: it sends IP protocol 50 alone
};
void nat_detection_mark(uint8_t hash[NAT_DETECTION_BYTES], enum nat_mark mark);

enum nat_detection {
    NAT_DETECTION_ABSENT,    // the message carries no hash of that type: the peer does no NAT traversal
    NAT_DETECTION_NO_NAT,    // one of the hashes is the endpoint's
    NAT_DETECTION_PREFERRED, // none is, but one is made of it: the peer would rather have ESP in UDP without a NAT, too
    NAT_DETECTION_FORCED,    // the same, and it does nothing else
    NAT_DETECTION_NAT,       // none is
};

// type NOTIFY_NAT_DETECTION_SOURCE_IP with the endpoint that the message came from: is the peer behind a NAT?
// type NOTIFY_NAT_DETECTION_DESTINATION_IP with the endpoint that it came to: are we?
// The SPIs are the message header's.
enum nat_detection nat_detection_judge(const struct message *m, enum notify_type type, const struct endpoint *endpoint);
// Is NAT_MARK_REFUSES among the source hashes?
bool nat_detection_refuses_udp(const struct message *m, const struct endpoint *endpoint);

#endif
