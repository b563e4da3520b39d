#include "ike-d/wire/sa_payload.h"

#include <string.h>

#include "ike-d/wire/payload_type.h"

// "Last Substruc" of a proposal and of a transform when another one follows (RFC 7296 3.3.1, 3.3.2).
#define LAST           0
#define MORE_PROPOSAL  2
#define MORE_TRANSFORM 3

#define ATTRIBUTE_SHORT      0x8000 // AF bit: two bytes of value instead of a length
#define ATTRIBUTE_KEY_LENGTH 14

#define TRANSFORM_HEADER_BYTES 8
#define PROPOSAL_HEADER_BYTES  8

// |A|       Attribute Type        |    AF=0  Attribute Length     |
// |F|                             |    AF=1  Attribute Value      |
static const char *parse_attributes(struct reader *r, struct transform *t)
{
    for (unsigned i = 0; reader_left(r); i++) {
        uint16_t type;
        uint16_t value;

        if (i == WIRE_ATTRIBUTES_MAX)
            return "too many attributes in a transform";
        if (reader_u16(r, &type) || reader_u16(r, &value))
            return "attribute is cut short";
        if (!(type & ATTRIBUTE_SHORT)) {
            if (reader_skip(r, value))
                return "attribute is longer than its transform";
            t->unknown_attribute = true;
            continue;
        }
        if ((type & ~ATTRIBUTE_SHORT) == ATTRIBUTE_KEY_LENGTH && t->key_bits == 0 && value != 0)
            t->key_bits = value;
        else
            t->unknown_attribute = true;
    }
    return NULL;
}

// | Last Substruc |   RESERVED    |        Transform Length       |
// |Transform Type |   RESERVED    |          Transform ID         |
// ~                      Transform Attributes                     ~
static const char *parse_transform(struct reader *r, bool is_last, struct transform *ret_transform)
{
    struct transform t = {0};
    struct reader attributes;
    uint8_t last;
    uint16_t length;

    if (reader_u8(r, &last) || reader_skip(r, 1) || reader_u16(r, &length))
        return "transform is cut short";
    if (last != (is_last ? LAST : MORE_TRANSFORM))
        return "number of transforms is not what the proposal says";
    if (length < TRANSFORM_HEADER_BYTES || reader_child(r, length - 4u, &attributes))
        return "transform's length does not fit";
    if (reader_u8(&attributes, &t.type) || reader_skip(&attributes, 1) || reader_u16(&attributes, &t.id))
        return "transform is cut short";
    *ret_transform = t;
    return parse_attributes(&attributes, ret_transform);
}

static const char *parse_transforms(struct reader *r, unsigned n, struct proposal *p)
{
    const char *fault = NULL;

    if (n == 0)
        return "proposal without a transform";
    if (n > PROPOSAL_TRANSFORMS_MAX)
        return "too many transforms in a proposal";
    for (p->n = 0; p->n < n && !fault; p->n++)
        fault = parse_transform(r, p->n + 1u == n, &p->transform[p->n]);
    if (!fault && reader_left(r))
        fault = "bytes behind the last transform";
    return fault;
}

// | Last Substruc |   RESERVED    |         Proposal Length       |
// | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
// ~                        SPI (variable)                         ~
// ~                        <Transforms>                           ~
static const char *parse_proposal(struct reader *r, struct proposal *p, bool *ret_last)
{
    struct reader body;
    uint8_t last;
    uint16_t length;
    uint8_t transforms_n;

    if (reader_u8(r, &last) || reader_skip(r, 1) || reader_u16(r, &length))
        return "proposal is cut short";
    if (last != LAST && last != MORE_PROPOSAL)
        return "proposal with a wrong 'last' field";
    if (length < PROPOSAL_HEADER_BYTES || reader_child(r, length - 4u, &body))
        return "proposal's length does not fit";
    if (reader_u8(&body, &p->number) || reader_u8(&body, &p->protocol) || reader_u8(&body, &p->spi_size) ||
        reader_u8(&body, &transforms_n))
        return "proposal is cut short";
    if (p->spi_size > sizeof(p->spi))
        return "SPI of a proposal is too long";
    memset(p->spi, 0, sizeof(p->spi));
    if (reader_copy(&body, p->spi_size, p->spi))
        return "SPI of a proposal is cut short";
    *ret_last = last == LAST;
    return parse_transforms(&body, transforms_n, p);
}

enum wire_status sa_payload_parse(struct bytes body, struct sa_payload *ret_sa, struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    const char *fault = NULL;
    bool last = false;

    for (ret_sa->n = 0; !last && !fault; ret_sa->n++) {
        if (ret_sa->n == WIRE_PROPOSALS_MAX) {
            fault = "too many proposals";
            break;
        }
        fault = parse_proposal(&r, &ret_sa->proposal[ret_sa->n], &last);
    }
    if (!fault && reader_left(&r))
        fault = "bytes behind the last proposal";
    if (!fault)
        return WIRE_OK;
    ret_sa->n = 0;
    *ret_error = (struct wire_error){.text = fault, .payload_type = PAYLOAD_SA};
    return WIRE_INVALID_SYNTAX;
}

static void encode_transform(const struct transform *t, bool last, struct writer *w)
{
    writer_u8(w, last ? LAST : MORE_TRANSFORM);
    writer_u8(w, 0);
    writer_u16(w, t->key_bits ? TRANSFORM_HEADER_BYTES + 4 : TRANSFORM_HEADER_BYTES);
    writer_u8(w, t->type);
    writer_u8(w, 0);
    writer_u16(w, t->id);
    if (t->key_bits) {
        writer_u16(w, ATTRIBUTE_SHORT | ATTRIBUTE_KEY_LENGTH);
        writer_u16(w, t->key_bits);
    }
}

static void encode_proposal(const struct proposal *p, bool last, struct writer *w)
{
    size_t start = w->n;

    writer_u8(w, last ? LAST : MORE_PROPOSAL);
    writer_u8(w, 0);
    writer_u16(w, 0);
    writer_u8(w, p->number);
    writer_u8(w, p->protocol);
    writer_u8(w, p->spi_size);
    writer_u8(w, (uint8_t)p->n);
    writer_bytes(w, bytes_of(p->spi, p->spi_size));
    for (unsigned i = 0; i < p->n; i++)
        encode_transform(&p->transform[i], i + 1u == p->n, w);
    writer_patch_u16(w, start + 2, (uint16_t)(w->n - start));
}

void sa_payload_encode(const struct proposal *proposals, unsigned n, struct writer *w)
{
    for (unsigned i = 0; i < n; i++)
        encode_proposal(&proposals[i], i + 1 == n, w);
}
