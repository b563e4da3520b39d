// The smaller payloads, each as a struct with views into the message (RFC 7296 3.4-3.12, 3.15). SA and TS have their
// own files.
#ifndef BULKHEAD_IKE_PAYLOAD_H
#define BULKHEAD_IKE_PAYLOAD_H

#include "ike-d/wire/wire_error.h"
#include "ike-d/wire/wire_limits.h"
#include "lib/core/bytes.h"

struct ke_payload { // 3.4
    uint16_t group;
    struct bytes data;
};

struct id_payload { // 3.5; identity_from_wire(type, data) makes an identity of it
    uint8_t type;
    struct bytes data;
    struct bytes body; // RestOfInitIDPayload of RFC 7296 2.15
};

enum auth_method { // 3.8 and RFC 7427
    AUTH_METHOD_RSA = 1,
    AUTH_METHOD_PSK = 2,
    AUTH_METHOD_ECDSA_256 = 9, // RFC 4754
    AUTH_METHOD_ECDSA_384 = 10,
    AUTH_METHOD_ECDSA_521 = 11,
    AUTH_METHOD_NULL = 13, // RFC 7619
    AUTH_METHOD_DIGITAL_SIGNATURE = 14,
};

struct auth_payload {
    uint8_t method;
    struct bytes data;
};

struct notify_payload { // 3.10
    uint8_t protocol;   // enum proposal_protocol, 0 where the SPI field is empty
    uint16_t type;      // enum notify_type, or a number that we don't know
    struct bytes spi;   // 0, 4 or 8 bytes
    struct bytes data;
};

struct delete_payload { // 3.11
    uint8_t protocol;
    uint8_t spi_size; // 0 for an IKE SA, else 4
    uint16_t n;       // number of SPIs
    struct bytes spis;
};

enum cert_encoding { // 3.6
    CERT_ENCODING_X509_SIGNATURE = 4,
    CERT_ENCODING_HASH_AND_URL = 12,
    CERT_ENCODING_URL_OF_BUNDLE = 13,
};

struct cert_payload { // 3.6, 3.7: CERT and CERTREQ, opaque here
    uint8_t encoding;
    struct bytes data;
};

struct config_attribute { // 3.15.1
    uint16_t type;
    struct bytes value;
};

enum config_type { // 3.15
    CONFIG_REQUEST = 1,
    CONFIG_REPLY = 2,
    CONFIG_SET = 3,
    CONFIG_ACK = 4,
};

struct cp_payload {
    uint8_t type;
    unsigned n;
    struct config_attribute attribute[WIRE_CONFIG_ATTRS_MAX];
};

// Each from a payload's body; views point into it.
enum wire_status ke_payload_parse(struct bytes body, struct ke_payload *ret_ke, struct wire_error *ret_error);
enum wire_status id_payload_parse(struct bytes body, struct id_payload *ret_id, struct wire_error *ret_error);
enum wire_status auth_payload_parse(struct bytes body, struct auth_payload *ret_auth, struct wire_error *ret_error);
// 16-256 bytes (2.10).
enum wire_status nonce_payload_parse(struct bytes body, struct bytes *ret_nonce, struct wire_error *ret_error);
enum wire_status notify_payload_parse(struct bytes body, struct notify_payload *ret_notify,
                                      struct wire_error *ret_error);
enum wire_status delete_payload_parse(struct bytes body, struct delete_payload *ret_delete,
                                      struct wire_error *ret_error);
enum wire_status cert_payload_parse(struct bytes body, struct cert_payload *ret_cert, struct wire_error *ret_error);
enum wire_status cp_payload_parse(struct bytes body, struct cp_payload *ret_cp, struct wire_error *ret_error);

// The i-th SPI of a delete (i < n, spi_size 4).
uint32_t delete_payload_spi(const struct delete_payload *del, unsigned i);
// The notify's SPI as an ESP SPI; false when it is not 4 bytes.
bool notify_payload_spi(const struct notify_payload *notify, uint32_t *ret_spi);
// The group that an INVALID_KE_PAYLOAD wants (1.3); KE_NONE when it names none.
uint16_t notify_payload_group(const struct notify_payload *notify);
// ... and the data of ours, written into out.
struct bytes notify_payload_put_group(uint16_t group, uint8_t out[2]);

#endif
