// The IKE header (RFC 7296 3.1).
#ifndef BULKHEAD_IKE_HEADER_H
#define BULKHEAD_IKE_HEADER_H

#include "ike-d/wire/payload_type.h"
#include "ike-d/wire/wire_error.h"
#include "lib/core/reader.h"
#include "lib/core/writer.h"

#define HEADER_BYTES 28
// Where fields are that get patched when a message is finished.
#define HEADER_NEXT_PAYLOAD_OFFSET 16
#define HEADER_LENGTH_OFFSET       24

struct ike_header {
    uint64_t initiator_spi;
    uint64_t responder_spi;
    uint8_t next_payload;
    uint8_t major_version;
    uint8_t minor_version; // ignored when received (RFC 7296 2.5)
    uint8_t exchange;      // enum exchange_type, or a number that we don't know
    bool initiator;        // sent by the original initiator of the IKE SA
    bool response;
    bool higher_version; // the sender could speak a higher major version
    uint32_t message_id;
    uint32_t length; // of the whole message; 0 before it is finished
};

// Reads and checks the header of a datagram: version, length against the datagram (which may not be longer), a zero
// initiator SPI. All fields of ret_header are set also with the two version errors, as their answer needs them.
enum wire_status header_parse(struct bytes datagram, struct ike_header *ret_header, struct wire_error *ret_error);
// Version 2.0, whatever the struct says.
void header_encode(const struct ike_header *header, struct writer *w);

#endif
