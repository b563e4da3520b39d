// NAT detection hashes (RFC 7296 2.23): SHA-1(SPIi | SPIr | address | port).
#ifndef BULKHEAD_IKE_NAT_DETECTION_H
#define BULKHEAD_IKE_NAT_DETECTION_H

#include "ike-d/wire/message.h"
#include "lib/net/address.h"

#define NAT_DETECTION_BYTES 20

// -EIO when OpenSSL fails.
int nat_detection_hash(uint64_t spi_i, uint64_t spi_r, const struct endpoint *endpoint,
                       uint8_t ret_hash[NAT_DETECTION_BYTES]);

// What a source hash is when a gateway wants ESP in UDP whether or not there is a NAT: no endpoint's hash, but the
// complement of its own one's. Others hash port 0 for that.
void nat_detection_falsify(uint8_t hash[NAT_DETECTION_BYTES]);

enum nat_detection {
    NAT_DETECTION_ABSENT, // the message carries no hash of that type: the peer does no NAT traversal
    NAT_DETECTION_NO_NAT, // one of the hashes is the endpoint's
    NAT_DETECTION_FORCED, // none is, but one is made of it: the peer wants ESP in UDP without a NAT
    NAT_DETECTION_NAT,    // none is
};

// type NOTIFY_NAT_DETECTION_SOURCE_IP with the endpoint that the message came from: is the peer behind a NAT?
// type NOTIFY_NAT_DETECTION_DESTINATION_IP with the endpoint that it came to: are we?
// The SPIs are the message header's.
enum nat_detection nat_detection_judge(const struct message *m, enum notify_type type, const struct endpoint *endpoint);

#endif
