// Bounds of the verifier. Whatever strangers send beyond them is refused, not cut.
#ifndef BULKHEAD_PKI_VERIFIER_VERIFIER_LIMITS_H
#define BULKHEAD_PKI_VERIFIER_VERIFIER_LIMITS_H

#define VERIFIER_CERTIFICATE_MAX_BYTES    16384u
#define VERIFIER_CERTIFICATES_MAX         16u // of one peer
#define VERIFIER_AUTHORITIES_MAX          64u // of one tunnel, issuers in between counted
#define VERIFIER_EXTENSIONS_MAX           32u // of one certificate
#define VERIFIER_NAME_ENTRIES_MAX         32u // attributes of one distinguished name
#define VERIFIER_NAME_TEXT_MAX_BYTES      1024u
#define VERIFIER_ALT_NAMES_MAX            64u
#define VERIFIER_ALT_NAME_MAX_BYTES       255u
#define VERIFIER_EXTENDED_KEY_USAGES_MAX  16u
#define VERIFIER_SERIAL_MAX_BYTES         20u // RFC 5280 4.1.2.2
#define VERIFIER_KEY_IDENTIFIER_MAX_BYTES 64u
#define VERIFIER_URLS_MAX                 4u
#define VERIFIER_URL_MAX_BYTES            255u
#define VERIFIER_REQUEST_MAX_BYTES        49152u // PKCS#10, PEM or DER
#define VERIFIER_PATH_MAX                 8      // issuers between a peer's certificate and the trusted authority

#define VERIFIER_RSA_MIN_BITS 2048
#define VERIFIER_RSA_MAX_BITS 8192 // a longer one costs more than a stranger may

#define VERIFIER_DOCUMENT_MAX_BYTES   (4u << 20) // CRL or OCSP answer
#define VERIFIER_OCSP_QUESTIONS_MAX   16u
#define VERIFIER_OCSP_NONCE_MAX_BYTES 32u // RFC 8954

#define VERIFIER_REASON_MAX 480 // bytes of a verdict's reason, with its NUL

// Clocks of others may be wrong by so much.
#define VERIFIER_CLOCK_SKEW_S 300

#endif
