#include "lib/crypto/signature_algorithm.h"

#include <errno.h>

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

// RFC 7296 3.8, RFC 4754 7, RFC 7427 3.
enum {
    METHOD_RSA = 1,
    METHOD_ECDSA_256 = 9,
    METHOD_ECDSA_384 = 10,
    METHOD_ECDSA_521 = 11,
    METHOD_DIGITAL_SIGNATURE = 14,
};

static int parse_identified(struct bytes auth, struct signature_scheme *ret_scheme, struct bytes *ret_value)
{
    struct signature_scheme scheme = {.key = SIGNATURE_KEY_UNKNOWN};
    struct reader r = reader_of(auth);
    struct bytes der;
    uint8_t n;

    if (reader_u8(&r, &n) || n == 0 || reader_bytes(&r, n, &der) || !reader_left(&r))
        return -EBADMSG;
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (bytes_equal(der, bytes_of(algorithms[i].der, algorithms[i].n)))
            scheme = (struct signature_scheme){.key = algorithms[i].key, .hash = algorithms[i].hash};
    *ret_value = reader_rest(&r);
    *ret_scheme = scheme;
    return 0;
}

int signature_scheme_parse(uint8_t method, struct bytes auth, struct signature_scheme *ret_scheme,
                           struct bytes *ret_value)
{
    struct signature_scheme scheme = {.key = SIGNATURE_KEY_RSA_PKCS1, .hash = SIGNATURE_HASH_SHA1};

    switch (method) {
    case METHOD_RSA:
        break;
    case METHOD_ECDSA_256:
    case METHOD_ECDSA_384:
    case METHOD_ECDSA_521:
        scheme.key = SIGNATURE_KEY_ECDSA;
        scheme.hash = (enum signature_hash)(SIGNATURE_HASH_SHA2_256 + method - METHOD_ECDSA_256);
        scheme.is_plain = true;
        break;
    case METHOD_DIGITAL_SIGNATURE:
        return parse_identified(auth, ret_scheme, ret_value);
    default:
        return -EINVAL;
    }
    *ret_value = auth;
    *ret_scheme = scheme;
    return 0;
}

struct bytes signature_algorithm_der(enum signature_key key, enum signature_hash hash)
{
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (algorithms[i].key == key && algorithms[i].hash == hash)
            return bytes_of(algorithms[i].der, algorithms[i].n);
    return bytes_of(NULL, 0);
}

const char *signature_key_name(enum signature_key key)
{
    static const char *const names[] = {"an algorithm that is not known", "RSA", "RSA-PSS", "ECDSA", "EdDSA"};

    return names[key];
}

const char *signature_hash_name(enum signature_hash hash)
{
    static const char *const names[] = {"an unknown hash", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "its own hash"};

    return names[hash];
}
