#include "ike-d/wire/auth_signature.h"

#include <stdio.h>

#include "ike-d/wire/payload_type.h"
#include "lib/core/reader.h"

// RFC 7427 appendix A, RFC 8420 appendix A.
static const struct algorithm {
    enum signature_key key;
    enum signature_hash hash;
    uint8_t n;
    uint8_t der[67];
} algorithms[] = {
    // clang-format off
    {SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA1, 15,
     {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00}},
    {SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA2_256, 15,
     {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00}},
    {SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA2_384, 15,
     {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c, 0x05, 0x00}},
    {SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA2_512, 15,
     {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d, 0x05, 0x00}},
    {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA1, 11,
     {0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01}},
    {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_256, 12,
     {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}},
    {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_384, 12,
     {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03}},
    {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_512, 12,
     {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04}},
    {SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA1, 15, // default parameters
     {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x00}},
#define PSS(hash, salt)                                                                                              \
    {0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30,     \
     0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a,     \
     0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,     \
     0x01, 0x65, 0x03, 0x04, 0x02, hash, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, salt}
    {SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_256, 67, PSS(0x01, 0x20)},
    {SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_384, 67, PSS(0x02, 0x30)},
    {SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_512, 67, PSS(0x03, 0x40)},
    {SIGNATURE_KEY_EDDSA, SIGNATURE_HASH_IDENTITY, 7, {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70}}, // Ed25519
    {SIGNATURE_KEY_EDDSA, SIGNATURE_HASH_IDENTITY, 7, {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71}}, // Ed448
    // clang-format on
};
#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static enum wire_status refuse(const char *text, struct wire_error *ret_error)
{
    *ret_error = (struct wire_error){.text = text, .payload_type = PAYLOAD_AUTH};
    return WIRE_INVALID_SYNTAX;
}

static enum wire_status parse_algorithm(struct bytes data, struct auth_signature *s, struct wire_error *ret_error)
{
    struct reader r = reader_of(data);
    uint8_t n;

    if (reader_u8(&r, &n) || n == 0 || reader_bytes(&r, n, &s->algorithm) || !reader_left(&r))
        return refuse("signature or its algorithm is cut short", ret_error);
    s->value = reader_rest(&r);
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (bytes_equal(s->algorithm, bytes_of(algorithms[i].der, algorithms[i].n))) {
            s->key = algorithms[i].key;
            s->hash = algorithms[i].hash;
        }
    return WIRE_OK;
}

enum wire_status auth_signature_parse(const struct auth_payload *auth, struct auth_signature *ret_signature,
                                      struct wire_error *ret_error)
{
    struct auth_signature s = {.method = auth->method, .value = auth->data};
    enum wire_status status = WIRE_OK;

    switch (auth->method) {
    case AUTH_METHOD_RSA:
        s.key = SIGNATURE_KEY_RSA_PKCS1;
        s.hash = SIGNATURE_HASH_SHA1;
        break;
    case AUTH_METHOD_ECDSA_256:
    case AUTH_METHOD_ECDSA_384:
    case AUTH_METHOD_ECDSA_521:
        s.key = SIGNATURE_KEY_ECDSA;
        s.hash = (enum signature_hash)(SIGNATURE_HASH_SHA2_256 + auth->method - AUTH_METHOD_ECDSA_256);
        break;
    case AUTH_METHOD_DIGITAL_SIGNATURE:
        status = parse_algorithm(auth->data, &s, ret_error);
        break;
    default:
        status = refuse("method is no signature", ret_error);
        break;
    }
    if (status == WIRE_OK)
        *ret_signature = s;
    return status;
}

bool auth_signature_encode(enum signature_key key, enum signature_hash hash, struct bytes value, struct writer *w)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (algorithms[i].key != key || algorithms[i].hash != hash)
            continue;
        writer_u8(w, algorithms[i].n);
        writer_bytes(w, bytes_of(algorithms[i].der, algorithms[i].n));
        writer_bytes(w, value);
        return true;
    }
    return false;
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

static const char *hash_name(enum signature_hash hash)
{
    static const char *const names[] = {"an unknown hash", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "its own hash"};

    return names[hash];
}

static void describe_signature(const struct auth_payload *auth, char *out, size_t out_size)
{
    static const char *const keys[] = {"an algorithm that is not known", "RSA", "RSA-PSS", "ECDSA", "EdDSA"};
    struct auth_signature s;
    struct wire_error error;

    if (auth_signature_parse(auth, &s, &error) != WIRE_OK)
        snprintf(out, out_size, "a digital signature (method %u, malformed)", auth->method);
    else if (s.key == SIGNATURE_KEY_UNKNOWN)
        snprintf(out, out_size, "a digital signature (method %u, %s)", auth->method, keys[s.key]);
    else
        snprintf(out, out_size, "a digital signature (method %u, %s with %s)", auth->method, keys[s.key],
                 hash_name(s.hash));
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
