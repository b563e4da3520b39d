// Which signature an AUTH payload carries: method 14 with an AlgorithmIdentifier in front of it (RFC 7427 3), or the
// older methods 1 and 9-11, whose number says it all (RFC 7296 3.8, RFC 4754). The identifiers are compared as bytes:
// those of RFC 7427 appendix A and RFC 8420 appendix A are all there are.
#ifndef BULKHEAD_CRYPTO_SIGNATURE_ALGORITHM_H
#define BULKHEAD_CRYPTO_SIGNATURE_ALGORITHM_H

#include "lib/core/bytes.h"

enum signature_key {
    SIGNATURE_KEY_UNKNOWN,
    SIGNATURE_KEY_RSA_PKCS1,
    SIGNATURE_KEY_RSA_PSS,
    SIGNATURE_KEY_ECDSA,
    SIGNATURE_KEY_EDDSA,
};

// IANA "IKEv2 Hash Algorithms".
enum signature_hash {
    SIGNATURE_HASH_NONE = 0, // not known
    SIGNATURE_HASH_SHA1 = 1,
    SIGNATURE_HASH_SHA2_256 = 2,
    SIGNATURE_HASH_SHA2_384 = 3,
    SIGNATURE_HASH_SHA2_512 = 4,
    SIGNATURE_HASH_IDENTITY = 5, // RFC 8420: the key type hashes itself
};

struct signature_scheme {
    enum signature_key key;
    enum signature_hash hash;
    // ECDSA of the methods 9-11: r and s one behind the other, each as long as the curve's order, instead of DER; and a
    // curve that goes with the hash (RFC 4754 7).
    bool is_plain;
};

// The data of an AUTH payload; ret_value points into it. An algorithm that is not known is SIGNATURE_KEY_UNKNOWN.
// -EINVAL: the method is no signature; -EBADMSG: cut short.
int signature_scheme_parse(uint8_t method, struct bytes auth, struct signature_scheme *ret_scheme,
                           struct bytes *ret_value);

// AlgorithmIdentifier in DER, at most 67 bytes; empty: there is none for these.
struct bytes signature_algorithm_der(enum signature_key key, enum signature_hash hash);

// "RSA", "RSA-PSS", "ECDSA", "EdDSA"; "SHA-256" ...
const char *signature_key_name(enum signature_key key);
const char *signature_hash_name(enum signature_hash hash);

#endif
