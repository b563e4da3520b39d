// A received IKE message, parsed in two stages (RFC 7296 3): the outer one, header and payloads in clear; then, after
// the SK payload was opened with the SA's keys (key/sk.h), the inner chain. A pure function of bytes: knows no SA.
//
//     struct message *m = message_new();
//     status = message_parse(datagram, m, &error);          outer stage
//     n = sk_open(sk, m, text);                             only when m->sk.body.p
//     status = message_parse_inner(m, bytes_of(text, n), &error);
//     status = message_check(m, &error);                    which payloads, how many, encrypted or not
#ifndef BULKHEAD_IKE_MESSAGE_H
#define BULKHEAD_IKE_MESSAGE_H

#include "ike-d/wire/header.h"
#include "ike-d/wire/payload.h"
#include "ike-d/wire/sa_payload.h"
#include "ike-d/wire/ts_payload.h"

// RFC 7296 3.14, RFC 7383 2.5.
struct sk_payload {
    uint8_t first_type; // of the inner chain
    size_t offset;      // of the IV in the message: all before it is associated data
    struct bytes body;  // IV, ciphertext, ICV; p is NULL when the message has no SK payload
    uint16_t fragment;  // from 1 in an SKF payload, else 0
    uint16_t fragments;
};

// Views point into the datagram and into the opened text, which must both outlive the struct. About 100 KB: allocated.
struct message {
    struct ike_header header;
    struct bytes whole; // the datagram
    struct sk_payload sk;
    bool opened;                            // the inner chain was parsed
    unsigned payloads_n;                    // of both chains, ignored ones too
    uint8_t outer_n[PAYLOAD_KNOWN_MAX + 1]; // how many of each type in clear ...
    uint8_t inner_n[PAYLOAD_KNOWN_MAX + 1]; // ... and encrypted

    // Valid when message_has() says so.
    struct ke_payload ke;
    struct bytes nonce;
    struct id_payload idi;
    struct id_payload idr;
    struct auth_payload auth;
    struct bytes eap;

    unsigned notify_n;
    struct notify_payload notify[WIRE_NOTIFIES_MAX];
    unsigned delete_n;
    struct delete_payload del[WIRE_DELETES_MAX];
    unsigned vendor_id_n;
    struct bytes vendor_id[WIRE_VENDOR_IDS_MAX];
    unsigned cert_n;
    struct cert_payload cert[WIRE_CERTS_MAX];
    unsigned certreq_n;
    struct cert_payload certreq[WIRE_CERTS_MAX];

    struct cp_payload cp;
    struct ts_payload tsi;
    struct ts_payload tsr;
    struct sa_payload sa;
};

// NULL without memory. message_free takes NULL; what the views point to stays the caller's.
struct message *message_new(void);
void message_free(struct message *m);

// The outer stage. m may be used again after an earlier message. With any status but WIRE_NOT_IKE m->header is filled
// in, so that the caller can answer.
enum wire_status message_parse(struct bytes datagram, struct message *m, struct wire_error *ret_error);

// The inner stage: the opened text without its padding; the first payload's type is m->sk.first_type.
enum wire_status message_parse_inner(struct message *m, struct bytes text, struct wire_error *ret_error);

// Does the message carry what its exchange asks for (message_rules.h)? INVALID_SYNTAX when not. A message without an SK
// payload passes in IKE_SA_INIT and, with notifies alone, as INFORMATIONAL outside of an SA: its word proves nothing.
enum wire_status message_check(const struct message *m, struct wire_error *ret_error);

// At least one payload of that type, in clear or encrypted.
bool message_has(const struct message *m, enum payload_type type);
// The first notify of that type, NULL when there is none.
const struct notify_payload *message_find_notify(const struct message *m, enum notify_type type);
// The first error notify (type under 16384), NULL when there is none.
const struct notify_payload *message_find_error(const struct message *m);
// One line for the debug log: "IKE_SA_INIT request 0 [SA KE No N(COOKIE) V]". Returns out.
char *message_format(const struct message *m, char *out, size_t out_size);

#endif
