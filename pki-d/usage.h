// Key usage and extended key usage by purpose (RFC 5280 4.2.1.3 and 4.2.1.12; RFC 4945 5.1.3), and their names.
#ifndef BULKHEAD_PKI_USAGE_H
#define BULKHEAD_PKI_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bulkhead/v1/certificate.pb-c.h"

#define USAGE_EXTENDED_MAX 4
#define USAGE_BITS         9

// Bits as RFC 5280 numbers them: bit 0 is digitalSignature.
#define USAGE_DIGITAL_SIGNATURE (1u << 0)
#define USAGE_KEY_ENCIPHERMENT  (1u << 2)
#define USAGE_KEY_CERT_SIGN     (1u << 5)
#define USAGE_CRL_SIGN          (1u << 6)

struct usage {
    uint32_t bits;
    int extended[USAGE_EXTENDED_MAX]; // OpenSSL's NIDs
    size_t extended_n;
};

struct usage usage_of_purpose(Bulkhead__V1__CertificatePurpose purpose, bool is_rsa);
// "digitalSignature" ...; NULL over USAGE_BITS.
const char *usage_bit_name(unsigned bit);
// "serverAuth" for 1.3.6.1.5.5.7.3.1 ...; the OID itself when it has no name.
const char *usage_extended_name(const char *oid);

#endif
