#include "ike-d/wire/header.h"

#define FLAG_INITIATOR 0x08
#define FLAG_VERSION   0x10
#define FLAG_RESPONSE  0x20

#define OUR_MAJOR_VERSION 2

static enum wire_status refuse(enum wire_status status, const char *text, struct wire_error *ret_error)
{
    *ret_error = (struct wire_error){.text = text};
    return status;
}

static int read_fields(struct reader *r, struct ike_header *h)
{
    uint8_t version;
    uint8_t flags;

    if (reader_u64(r, &h->initiator_spi) || reader_u64(r, &h->responder_spi) || reader_u8(r, &h->next_payload) ||
        reader_u8(r, &version) || reader_u8(r, &h->exchange) || reader_u8(r, &flags) || reader_u32(r, &h->message_id) ||
        reader_u32(r, &h->length))
        return -1;
    h->major_version = version >> 4;
    h->minor_version = version & 0x0f;
    h->initiator = flags & FLAG_INITIATOR;
    h->response = flags & FLAG_RESPONSE;
    h->higher_version = flags & FLAG_VERSION;
    return 0;
}

//                      1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// |                       IKE SA Initiator's SPI (8)              |
// |                       IKE SA Responder's SPI (8)              |
// |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
// |                          Message ID                           |
// |                            Length                             |
enum wire_status header_parse(struct bytes datagram, struct ike_header *ret_header, struct wire_error *ret_error)
{
    struct reader r = reader_of(datagram);
    struct ike_header h;

    if (read_fields(&r, &h))
        return refuse(WIRE_NOT_IKE, "shorter than a header", ret_error);
    if (h.initiator_spi == 0)
        return refuse(WIRE_NOT_IKE, "initiator SPI is zero", ret_error);
    *ret_header = h;
    if (h.major_version > OUR_MAJOR_VERSION)
        return refuse(WIRE_INVALID_MAJOR_VERSION, "major version is higher than 2", ret_error);
    if (h.major_version < OUR_MAJOR_VERSION)
        return refuse(WIRE_OLD_VERSION, "major version is lower than 2", ret_error);
    if (h.length != datagram.n)
        return refuse(WIRE_INVALID_SYNTAX, "the header's length is not the datagram's", ret_error);
    return WIRE_OK;
}

void header_encode(const struct ike_header *header, struct writer *w)
{
    uint8_t flags = (uint8_t)((header->initiator ? FLAG_INITIATOR : 0) | (header->response ? FLAG_RESPONSE : 0));

    writer_u64(w, header->initiator_spi);
    writer_u64(w, header->responder_spi);
    writer_u8(w, header->next_payload);
    writer_u8(w, OUR_MAJOR_VERSION << 4);
    writer_u8(w, header->exchange);
    writer_u8(w, flags);
    writer_u32(w, header->message_id);
    writer_u32(w, header->length);
}
