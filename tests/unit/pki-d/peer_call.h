// Asks peer_check about a chain, with an AUTH payload that was made once.
#ifndef BULKHEAD_TESTS_UNIT_PKI_D_PEER_CALL_H
#define BULKHEAD_TESTS_UNIT_PKI_D_PEER_CALL_H

#include "lib/core/wiping.h"
#include "lib/crypto/auth_octets.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/signature.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/peer.h"
#include "tests/unit/pki-d/mint.h"

#define PEER_CALL_PRF  5 // HMAC-SHA-256
#define PEER_CALL_SENT 16

struct peer_call {
    const char *id; // what the peer claims
    struct bytes sent[PEER_CALL_SENT];
    size_t sent_n;
    struct bytes anchor;
    uint8_t auth[SIGNATURE_MAX_BYTES + 100];
    size_t auth_n;
};

static inline struct identity peer_call_id(const struct peer_call *call)
{
    struct identity id = {.type = IDENTITY_NONE};

    mint_require(identity_parse(call->id, &id) == 0, call->id);
    return id;
}

// The AUTH payload for call->id with an ECDSA or Ed25519 key.
static inline void peer_call_sign(struct peer_call *call, EVP_PKEY *key)
{
    bool is_ec = EVP_PKEY_is_a(key, "EC");
    const struct signature_scheme scheme = {.key = is_ec ? SIGNATURE_KEY_ECDSA : SIGNATURE_KEY_EDDSA,
                                            .hash = is_ec ? SIGNATURE_HASH_SHA2_256 : SIGNATURE_HASH_IDENTITY};
    struct bytes der = signature_algorithm_der(scheme.key, scheme.hash), data;
    struct identity id = peer_call_id(call);
    const struct auth_octets octets = {.message = bytes_of_str("message"),
                                       .nonce = bytes_of_str("nonce"),
                                       .sk_p = bytes_of_str("SK_p"),
                                       .id_type = (uint8_t)id.type,
                                       .id_data = bytes_of(id.data, id.n)};

    mint_require(auth_octets_assemble(prf_find(PEER_CALL_PRF), &octets, &data) == 0, "octets");
    call->auth[0] = (uint8_t)der.n;
    memcpy(call->auth + 1, der.p, der.n);
    mint_require(signature_sign(key, &scheme, data, call->auth + 1 + der.n, &call->auth_n) == 0, "sign");
    call->auth_n += 1 + der.n;
    wiping_free((void *)(uintptr_t)data.p);
}

// ret_answer is to be emptied with peer_answer_done.
static inline void peer_call_ask(const struct peer_call *call, struct peer_answer *ret_answer)
{
    Bulkhead__Internal__V1__VerifierVerifyPeerRequest request =
        BULKHEAD__INTERNAL__V1__VERIFIER_VERIFY_PEER_REQUEST__INIT;
    Bulkhead__Internal__V1__PkiGetTrustResponse trust = BULKHEAD__INTERNAL__V1__PKI_GET_TRUST_RESPONSE__INIT;
    Bulkhead__Internal__V1__TrustedAuthority authority = BULKHEAD__INTERNAL__V1__TRUSTED_AUTHORITY__INIT;
    Bulkhead__Internal__V1__TrustedAuthority *authorities[] = {&authority};
    Bulkhead__Internal__V1__Identity peer_id;
    const struct peer_question question = {.request = &request, .trust = &trust, .now = MINT_NOW};
    struct identity id = peer_call_id(call);
    ProtobufCBinaryData sent[PEER_CALL_SENT];

    for (size_t i = 0; i < call->sent_n; i++)
        edge_message_put_bytes(call->sent[i], &sent[i]);
    request.certificates = sent;
    request.n_certificates = call->sent_n;
    edge_message_put_bytes(call->anchor, &authority.der);
    authority.is_anchor = true;
    trust.authorities = authorities;
    trust.n_authorities = 1;
    request.prf = PEER_CALL_PRF;
    edge_message_put_bytes(bytes_of_str("message"), &request.peer_message);
    edge_message_put_bytes(bytes_of_str("nonce"), &request.own_nonce);
    edge_message_put_bytes(bytes_of_str("SK_p"), &request.sk_p);
    edge_message_put_identity(&id, &peer_id);
    request.peer_id = &peer_id;
    request.auth_method = 14;
    edge_message_put_bytes(bytes_of(call->auth, call->auth_n), &request.auth);
    request.own_hashes = 1u << SIGNATURE_HASH_SHA2_256 | 1u << SIGNATURE_HASH_IDENTITY;
    peer_check(&question, ret_answer);
}

#endif
