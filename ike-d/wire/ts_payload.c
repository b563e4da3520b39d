#include "ike-d/wire/ts_payload.h"

#include "ike-d/wire/payload_type.h"

#define TS_IPV4 7
#define TS_IPV6 8

#define TS_HEADER_BYTES 8 // type, protocol, length, two ports

static size_t address_bytes(uint8_t type)
{
    return type == TS_IPV4 ? 4 : type == TS_IPV6 ? 16 : 0;
}

// |   TS Type     |IP Protocol ID*|       Selector Length         |
// |           Start Port*         |           End Port*           |
// ~                         Starting Address*                     ~
// ~                         Ending Address*                       ~
static const char *parse_selector(uint8_t type, struct reader *r, struct selector *s)
{
    size_t size = address_bytes(type);
    struct bytes start;
    struct bytes end;

    if (reader_u16(r, &s->start_port) || reader_u16(r, &s->end_port) || reader_bytes(r, size, &start) ||
        reader_bytes(r, size, &end) || reader_left(r))
        return "selector's length does not fit its type";
    if (address_from_bytes(start, &s->range.start) || address_from_bytes(end, &s->range.end))
        return "selector with a wrong address";
    if (address_compare(&s->range.start, &s->range.end) > 0)
        return "selector's addresses are in the wrong order";
    // start 65535 with end 0 is OPAQUE (RFC 7296 3.13.1)
    if (s->start_port > s->end_port && !(s->start_port == 65535 && s->end_port == 0))
        return "selector's ports are in the wrong order";
    return NULL;
}

static const char *parse_one(struct reader *r, struct ts_payload *ts)
{
    struct selector s = {0};
    struct reader body;
    const char *fault;
    uint8_t type;
    uint16_t length;

    if (reader_u8(r, &type) || reader_u8(r, &s.protocol) || reader_u16(r, &length))
        return "selector is cut short";
    if (length < TS_HEADER_BYTES || reader_child(r, length - 4u, &body))
        return "selector's length does not fit";
    if (!address_bytes(type)) {
        ts->unknown_n++;
        return NULL;
    }
    fault = parse_selector(type, &body, &s);
    if (!fault)
        ts->selector[ts->n++] = s;
    return fault;
}

enum wire_status ts_payload_parse(struct bytes body, struct ts_payload *ret_ts, struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    const char *fault = NULL;
    uint8_t n;

    ret_ts->n = 0;
    ret_ts->unknown_n = 0;
    if (reader_u8(&r, &n) || reader_skip(&r, 3))
        fault = "payload is cut short";
    else if (n == 0)
        fault = "no selector";
    for (unsigned i = 0; !fault && i < n; i++)
        fault = parse_one(&r, ret_ts);
    if (!fault && reader_left(&r))
        fault = "bytes behind the last selector";
    if (!fault)
        return WIRE_OK;
    ret_ts->n = 0;
    *ret_error = (struct wire_error){.text = fault, .payload_type = PAYLOAD_TSI};
    return WIRE_INVALID_SYNTAX;
}

static void encode_one(const struct selector *s, struct writer *w)
{
    size_t size = address_size(&s->range.start);

    writer_u8(w, size == 4 ? TS_IPV4 : TS_IPV6);
    writer_u8(w, s->protocol);
    writer_u16(w, (uint16_t)(TS_HEADER_BYTES + 2 * size));
    writer_u16(w, s->start_port);
    writer_u16(w, s->end_port);
    writer_bytes(w, address_view(&s->range.start));
    writer_bytes(w, address_view(&s->range.end));
}

void ts_payload_encode(const struct selector *selectors, unsigned n, struct writer *w)
{
    if (n == 0 || n > WIRE_SELECTORS_MAX) {
        w->failed = true;
        return;
    }
    writer_u8(w, (uint8_t)n);
    writer_zero(w, 3);
    for (unsigned i = 0; i < n; i++)
        encode_one(&selectors[i], w);
}
