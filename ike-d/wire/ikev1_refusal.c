#include "ike-d/wire/ikev1_refusal.h"

#define IKEV1_VERSION                0x10
#define IKEV1_PAYLOAD_NOTIFICATION   11
#define IKEV1_EXCHANGE_INFORMATIONAL 5
#define IKEV1_INVALID_MAJOR_VERSION  5
#define IKEV1_PROTOCOL_ISAKMP        1
#define IKEV1_NOTIFICATION_BYTES     12

// | Cookies (8 + 8) | Next Payload | Version | Exchange Type | Flags | Message ID (4) | Length (4) |
// | Next Payload | RESERVED | Payload Length (2) | DOI (4) | Protocol-ID | SPI Size | Notify Message Type (2) |
void ikev1_refusal_encode(const struct ike_header *asked, uint32_t message_id, uint8_t out[IKEV1_REFUSAL_BYTES])
{
    struct writer w = writer_of(out, IKEV1_REFUSAL_BYTES);

    writer_u64(&w, asked->initiator_spi);
    writer_u64(&w, asked->responder_spi);
    writer_u8(&w, IKEV1_PAYLOAD_NOTIFICATION);
    writer_u8(&w, IKEV1_VERSION);
    writer_u8(&w, IKEV1_EXCHANGE_INFORMATIONAL);
    writer_u8(&w, 0);
    writer_u32(&w, message_id);
    writer_u32(&w, IKEV1_REFUSAL_BYTES);
    writer_u8(&w, 0);
    writer_u8(&w, 0);
    writer_u16(&w, IKEV1_NOTIFICATION_BYTES);
    writer_u32(&w, 0);
    writer_u8(&w, IKEV1_PROTOCOL_ISAKMP);
    writer_u8(&w, 0);
    writer_u16(&w, IKEV1_INVALID_MAJOR_VERSION);
}
