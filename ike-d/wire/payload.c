#include "ike-d/wire/payload.h"

#include "ike-d/wire/payload_type.h"
#include "lib/core/reader.h"
#include "lib/core/writer.h"
#include "lib/crypto/algorithm.h"

static enum wire_status refuse(enum payload_type type, const char *text, struct wire_error *ret_error)
{
    *ret_error = (struct wire_error){.text = text, .payload_type = (uint8_t)type};
    return WIRE_INVALID_SYNTAX;
}

// |   Diffie-Hellman Group Num    |           RESERVED            |
// ~                       Key Exchange Data                       ~
enum wire_status ke_payload_parse(struct bytes body, struct ke_payload *ret_ke, struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    struct ke_payload ke;

    if (reader_u16(&r, &ke.group) || reader_skip(&r, 2) || !reader_left(&r))
        return refuse(PAYLOAD_KE, "payload is cut short", ret_error);
    ke.data = reader_rest(&r);
    *ret_ke = ke;
    return WIRE_OK;
}

// |   ID Type     |                 RESERVED                      |
// ~                   Identification Data                         ~
enum wire_status id_payload_parse(struct bytes body, struct id_payload *ret_id, struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    struct id_payload id = {.body = body};

    if (reader_u8(&r, &id.type) || reader_skip(&r, 3))
        return refuse(PAYLOAD_IDI, "payload is cut short", ret_error);
    id.data = reader_rest(&r);
    *ret_id = id;
    return WIRE_OK;
}

// | Auth Method   |                RESERVED                       |
// ~                      Authentication Data                      ~
enum wire_status auth_payload_parse(struct bytes body, struct auth_payload *ret_auth, struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    struct auth_payload auth;

    if (reader_u8(&r, &auth.method) || reader_skip(&r, 3) || !reader_left(&r))
        return refuse(PAYLOAD_AUTH, "payload is cut short", ret_error);
    auth.data = reader_rest(&r);
    *ret_auth = auth;
    return WIRE_OK;
}

enum wire_status nonce_payload_parse(struct bytes body, struct bytes *ret_nonce, struct wire_error *ret_error)
{
    if (body.n < WIRE_NONCE_BYTES_MIN || body.n > WIRE_NONCE_BYTES_MAX)
        return refuse(PAYLOAD_NONCE, "nonce is shorter than 16 or longer than 256 bytes", ret_error);
    *ret_nonce = body;
    return WIRE_OK;
}

// |  Protocol ID  |   SPI Size    |      Notify Message Type      |
// ~                Security Parameter Index (SPI)                 ~
// ~                       Notification Data                       ~
enum wire_status notify_payload_parse(struct bytes body, struct notify_payload *ret_notify,
                                      struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    struct notify_payload notify;
    uint8_t spi_size;

    if (reader_u8(&r, &notify.protocol) || reader_u8(&r, &spi_size) || reader_u16(&r, &notify.type) ||
        reader_bytes(&r, spi_size, &notify.spi))
        return refuse(PAYLOAD_NOTIFY, "payload is cut short", ret_error);
    notify.data = reader_rest(&r);
    *ret_notify = notify;
    return WIRE_OK;
}

// | Protocol ID   |   SPI Size    |          Num of SPIs          |
// ~               Security Parameter Index(es) (SPI)              ~
enum wire_status delete_payload_parse(struct bytes body, struct delete_payload *ret_delete,
                                      struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    struct delete_payload del;

    if (reader_u8(&r, &del.protocol) || reader_u8(&r, &del.spi_size) || reader_u16(&r, &del.n))
        return refuse(PAYLOAD_DELETE, "payload is cut short", ret_error);
    // an IKE SA is named by the header and has no SPI here, AH and ESP have four bytes (RFC 7296 3.11)
    if (del.spi_size != 0 && del.spi_size != 4)
        return refuse(PAYLOAD_DELETE, "SPI is neither 0 nor 4 bytes long", ret_error);
    if (del.spi_size == 0 && del.n != 0)
        return refuse(PAYLOAD_DELETE, "SPIs without a size", ret_error);
    if (reader_bytes(&r, (size_t)del.spi_size * del.n, &del.spis) || reader_left(&r))
        return refuse(PAYLOAD_DELETE, "number of SPIs does not fit the length", ret_error);
    *ret_delete = del;
    return WIRE_OK;
}

enum wire_status cert_payload_parse(struct bytes body, struct cert_payload *ret_cert, struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    struct cert_payload cert;

    if (reader_u8(&r, &cert.encoding))
        return refuse(PAYLOAD_CERT, "payload is cut short", ret_error);
    cert.data = reader_rest(&r);
    *ret_cert = cert;
    return WIRE_OK;
}

#define CONFIG_ATTRIBUTE_RESERVED 0x8000

// |R|         Attribute Type      |            Length             |
// ~                             Value                             ~
enum wire_status cp_payload_parse(struct bytes body, struct cp_payload *ret_cp, struct wire_error *ret_error)
{
    struct reader r = reader_of(body);
    uint8_t type;

    if (reader_u8(&r, &type) || reader_skip(&r, 3))
        return refuse(PAYLOAD_CP, "payload is cut short", ret_error);
    ret_cp->type = type;
    for (ret_cp->n = 0; reader_left(&r); ret_cp->n++) {
        struct config_attribute *attribute = &ret_cp->attribute[ret_cp->n];
        uint16_t length;

        if (ret_cp->n == WIRE_CONFIG_ATTRS_MAX)
            return refuse(PAYLOAD_CP, "too many configuration attributes", ret_error);
        if (reader_u16(&r, &attribute->type) || reader_u16(&r, &length) || reader_bytes(&r, length, &attribute->value))
            return refuse(PAYLOAD_CP, "configuration attribute is cut short", ret_error);
        attribute->type &= (uint16_t)~CONFIG_ATTRIBUTE_RESERVED;
    }
    return WIRE_OK;
}

uint32_t delete_payload_spi(const struct delete_payload *del, unsigned i)
{
    struct reader r = reader_of(del->spis);
    uint32_t spi = 0;

    if (!reader_skip(&r, 4 * (size_t)i))
        reader_u32(&r, &spi);
    return spi;
}

bool notify_payload_spi(const struct notify_payload *notify, uint32_t *ret_spi)
{
    struct reader r = reader_of(notify->spi);

    return notify->spi.n == 4 && !reader_u32(&r, ret_spi);
}

uint16_t notify_payload_group(const struct notify_payload *notify)
{
    struct reader r = reader_of(notify->data);
    uint16_t group = KE_NONE;

    (void)reader_u16(&r, &group);
    return group;
}

struct bytes notify_payload_put_group(uint16_t group, uint8_t out[2])
{
    struct writer w = writer_of(out, 2);

    writer_u16(&w, group);
    return writer_view(&w);
}
