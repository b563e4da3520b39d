#include "ike-d/wire/auth_signature.h"

#include <errno.h>
#include <stdio.h>

#include "ike-d/wire/payload_type.h"
#include "lib/core/reader.h"

static enum wire_status refuse(const char *text, struct wire_error *ret_error)
{
    *ret_error = (struct wire_error){.text = text, .payload_type = PAYLOAD_AUTH};
    return WIRE_INVALID_SYNTAX;
}

enum wire_status auth_signature_parse(const struct auth_payload *auth, struct auth_signature *ret_signature,
                                      struct wire_error *ret_error)
{
    struct auth_signature s = {.method = auth->method};
    struct signature_scheme scheme;
    int r = signature_scheme_parse(auth->method, auth->data, &scheme, &s.value);

    if (r == -EINVAL)
        return refuse("method is no signature", ret_error);
    if (r < 0)
        return refuse("signature or its algorithm is cut short", ret_error);
    s.key = scheme.key;
    s.hash = scheme.hash;
    if (auth->method == AUTH_METHOD_DIGITAL_SIGNATURE)
        s.algorithm = bytes_of(auth->data.p + 1, auth->data.p[0]);
    *ret_signature = s;
    return WIRE_OK;
}

bool auth_signature_encode(enum signature_key key, enum signature_hash hash, struct bytes value, struct writer *w)
{
    struct bytes der = signature_algorithm_der(key, hash);

    if (der.n == 0)
        return false;
    writer_u8(w, (uint8_t)der.n);
    writer_bytes(w, der);
    writer_bytes(w, value);
    return true;
}

bool auth_signature_parse_hashes(struct bytes data, uint32_t *ret_hashes)
{
    struct reader r = reader_of(data);
    uint32_t hashes = 0;
    uint16_t hash;

    while (reader_left(&r)) {
        if (reader_u16(&r, &hash))
            return false;
        if (hash >= SIGNATURE_HASH_SHA1 && hash <= SIGNATURE_HASH_IDENTITY)
            hashes |= 1u << hash;
    }
    *ret_hashes = hashes;
    return true;
}

void auth_signature_encode_hashes(uint32_t hashes, struct writer *w)
{
    for (int hash = SIGNATURE_HASH_SHA1; hash <= SIGNATURE_HASH_IDENTITY; hash++)
        if (hashes & 1u << hash)
            writer_u16(w, (uint16_t)hash);
}

static void describe_signature(const struct auth_payload *auth, char *out, size_t out_size)
{
    struct auth_signature s;
    struct wire_error error;

    if (auth_signature_parse(auth, &s, &error) != WIRE_OK)
        snprintf(out, out_size, "a digital signature (method %u, malformed)", auth->method);
    else if (s.key == SIGNATURE_KEY_UNKNOWN)
        snprintf(out, out_size, "a digital signature (method %u, %s)", auth->method, signature_key_name(s.key));
    else
        snprintf(out, out_size, "a digital signature (method %u, %s with %s)", auth->method, signature_key_name(s.key),
                 signature_hash_name(s.hash));
}

char *auth_signature_describe(const struct auth_payload *auth, char *out, size_t out_size)
{
    switch (auth->method) {
    case AUTH_METHOD_PSK:
        snprintf(out, out_size, "a pre-shared key (method %u)", auth->method);
        break;
    case AUTH_METHOD_NULL: // RFC 7619
        snprintf(out, out_size, "no authentication at all (method %u)", auth->method);
        break;
    case AUTH_METHOD_RSA:
    case AUTH_METHOD_ECDSA_256:
    case AUTH_METHOD_ECDSA_384:
    case AUTH_METHOD_ECDSA_521:
    case AUTH_METHOD_DIGITAL_SIGNATURE:
        describe_signature(auth, out, out_size);
        break;
    default:
        snprintf(out, out_size, "a method that is not known (%u)", auth->method);
        break;
    }
    return out;
}
