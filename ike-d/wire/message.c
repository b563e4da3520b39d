#include "ike-d/wire/message.h"

#include <stdlib.h>

#define GENERIC_HEADER_BYTES 4
#define FLAG_CRITICAL        0x80

// One payload of a chain.
struct link {
    uint8_t type;
    uint8_t next;
    bool critical;
    struct bytes body;
};

struct message *message_new(void)
{
    return calloc(1, sizeof(struct message));
}

void message_free(struct message *m)
{
    free(m);
}

static void clear(struct message *m)
{
    m->header = (struct ike_header){0};
    m->sk = (struct sk_payload){0};
    m->opened = false;
    m->payloads_n = 0;
    for (unsigned i = 0; i <= PAYLOAD_KNOWN_MAX; i++)
        m->outer_n[i] = m->inner_n[i] = 0;
    m->notify_n = m->delete_n = m->vendor_id_n = m->cert_n = m->certreq_n = 0;
    m->cp.n = m->tsi.n = m->tsr.n = m->sa.n = 0;
}

static enum wire_status refuse(uint8_t payload_type, const char *text, struct wire_error *ret_error)
{
    *ret_error = (struct wire_error){.text = text, .payload_type = payload_type};
    return WIRE_INVALID_SYNTAX;
}

// | Next Payload  |C|  RESERVED   |         Payload Length        |
static enum wire_status next_link(struct reader *r, uint8_t type, struct link *ret_link, struct wire_error *ret_error)
{
    struct link link = {.type = type};
    uint8_t flags;
    uint16_t length;

    if (reader_u8(r, &link.next) || reader_u8(r, &flags) || reader_u16(r, &length))
        return refuse(type, "payload header is cut short", ret_error);
    if (length < GENERIC_HEADER_BYTES || reader_bytes(r, length - (size_t)GENERIC_HEADER_BYTES, &link.body))
        return refuse(type, "payload is longer than the message", ret_error);
    link.critical = flags & FLAG_CRITICAL;
    *ret_link = link;
    return WIRE_OK;
}

// | Next Payload  |C|  RESERVED   |         Payload Length        |
// |        Fragment Number        |        Total Fragments        |   SKF alone, RFC 7383 2.5
// ~                     Initialization Vector                     ~
static enum wire_status take_sk(struct message *m, const struct link *link, struct wire_error *ret_error)
{
    struct reader r = reader_of(link->body);
    struct sk_payload sk = {.first_type = link->next};

    if (link->type == PAYLOAD_SKF) {
        if (reader_u16(&r, &sk.fragment) || reader_u16(&r, &sk.fragments))
            return refuse(link->type, "fragment is cut short", ret_error);
        if (sk.fragment == 0 || sk.fragment > sk.fragments)
            return refuse(link->type, "fragment number is out of range", ret_error);
    }
    if (!reader_left(&r))
        return refuse(link->type, "payload is empty", ret_error);
    sk.body = reader_rest(&r);
    sk.offset = m->whole.n - sk.body.n; // SK is the last payload
    m->sk = sk;
    return WIRE_OK;
}

static enum wire_status take_notify(struct message *m, struct bytes body, struct wire_error *ret_error)
{
    if (m->notify_n == WIRE_NOTIFIES_MAX)
        return refuse(PAYLOAD_NOTIFY, "too many notifies", ret_error);
    return notify_payload_parse(body, &m->notify[m->notify_n++], ret_error);
}

static enum wire_status take_delete(struct message *m, struct bytes body, struct wire_error *ret_error)
{
    if (m->delete_n == WIRE_DELETES_MAX)
        return refuse(PAYLOAD_DELETE, "too many deletes", ret_error);
    return delete_payload_parse(body, &m->del[m->delete_n++], ret_error);
}

static enum wire_status take_cert(struct cert_payload *certs, unsigned *n, const struct link *link,
                                  struct wire_error *ret_error)
{
    if (*n == WIRE_CERTS_MAX)
        return refuse(link->type, "too many certificates or requests", ret_error);
    return cert_payload_parse(link->body, &certs[(*n)++], ret_error);
}

static enum wire_status take_vendor_id(struct message *m, struct bytes body)
{
    if (m->vendor_id_n < WIRE_VENDOR_IDS_MAX)
        m->vendor_id[m->vendor_id_n++] = body;
    return WIRE_OK;
}

// Of a payload that may come once the last one is kept; message_check refuses more.
static enum wire_status take_known(struct message *m, const struct link *link, struct wire_error *ret_error)
{
    switch (link->type) {
    case PAYLOAD_SA:
        return sa_payload_parse(link->body, &m->sa, ret_error);
    case PAYLOAD_KE:
        return ke_payload_parse(link->body, &m->ke, ret_error);
    case PAYLOAD_IDI:
        return id_payload_parse(link->body, &m->idi, ret_error);
    case PAYLOAD_IDR:
        return id_payload_parse(link->body, &m->idr, ret_error);
    case PAYLOAD_CERT:
        return take_cert(m->cert, &m->cert_n, link, ret_error);
    case PAYLOAD_CERTREQ:
        return take_cert(m->certreq, &m->certreq_n, link, ret_error);
    case PAYLOAD_AUTH:
        return auth_payload_parse(link->body, &m->auth, ret_error);
    case PAYLOAD_NONCE:
        return nonce_payload_parse(link->body, &m->nonce, ret_error);
    case PAYLOAD_NOTIFY:
        return take_notify(m, link->body, ret_error);
    case PAYLOAD_DELETE:
        return take_delete(m, link->body, ret_error);
    case PAYLOAD_VENDOR_ID:
        return take_vendor_id(m, link->body);
    case PAYLOAD_TSI:
        return ts_payload_parse(link->body, &m->tsi, ret_error);
    case PAYLOAD_TSR:
        return ts_payload_parse(link->body, &m->tsr, ret_error);
    case PAYLOAD_CP:
        return cp_payload_parse(link->body, &m->cp, ret_error);
    default:
        m->eap = link->body;
        return WIRE_OK;
    }
}

// Unknown payloads: RFC 7296 2.5.
static enum wire_status take(struct message *m, const struct link *link, uint8_t *counts, struct wire_error *ret_error)
{
    enum wire_status status;

    if (m->payloads_n++ == WIRE_PAYLOADS_MAX)
        return refuse(link->type, "too many payloads", ret_error);
    if (!payload_is_known(link->type)) {
        if (!link->critical)
            return WIRE_OK;
        *ret_error = (struct wire_error){.text = "critical payload is not known", .payload_type = link->type};
        return WIRE_UNSUPPORTED_CRITICAL_PAYLOAD;
    }
    counts[link->type]++;
    if (link->type == PAYLOAD_SK || link->type == PAYLOAD_SKF)
        return counts == m->outer_n ? take_sk(m, link, ret_error)
                                    : refuse(link->type, "encrypted payload inside an encrypted one", ret_error);
    status = take_known(m, link, ret_error);
    // the parsers of IDi and IDr, TSi and TSr, CERT and CERTREQ are shared
    if (status != WIRE_OK)
        ret_error->payload_type = link->type;
    return status;
}

// Nothing may follow the encrypted payload; its next-payload byte speaks of its inside (RFC 7296 3.14).
static enum wire_status walk(struct message *m, uint8_t type, struct reader *r, uint8_t *counts,
                             struct wire_error *ret_error)
{
    while (type != PAYLOAD_NONE) {
        struct link link;
        enum wire_status status = next_link(r, type, &link, ret_error);

        if (status != WIRE_OK)
            return status;
        if ((type == PAYLOAD_SK || type == PAYLOAD_SKF) && reader_left(r))
            return refuse(type, "bytes behind the encrypted payload", ret_error);
        status = take(m, &link, counts, ret_error);
        if (status != WIRE_OK)
            return status;
        type = link.type == PAYLOAD_SK || link.type == PAYLOAD_SKF ? (uint8_t)PAYLOAD_NONE : link.next;
    }
    if (reader_left(r))
        return refuse(PAYLOAD_NONE, "bytes behind the last payload", ret_error);
    return WIRE_OK;
}

enum wire_status message_parse(struct bytes datagram, struct message *m, struct wire_error *ret_error)
{
    enum wire_status status;
    struct reader r = reader_of(datagram);

    clear(m);
    m->whole = datagram;
    if (datagram.n > WIRE_MESSAGE_BYTES_MAX) {
        *ret_error = (struct wire_error){.text = "message is too long"};
        return WIRE_NOT_IKE;
    }
    status = header_parse(datagram, &m->header, ret_error);
    if (status != WIRE_OK)
        return status;
    if (reader_skip(&r, HEADER_BYTES))
        return refuse(PAYLOAD_NONE, "header is cut short", ret_error);
    return walk(m, m->header.next_payload, &r, m->outer_n, ret_error);
}

enum wire_status message_parse_inner(struct message *m, struct bytes text, struct wire_error *ret_error)
{
    struct reader r = reader_of(text);

    m->opened = true;
    return walk(m, m->sk.first_type, &r, m->inner_n, ret_error);
}
