// Payload and exchange types (RFC 7296 3.1, 3.2; IANA "Internet Key Exchange Version 2 (IKEv2) Parameters").
#ifndef BULKHEAD_IKE_PAYLOAD_TYPE_H
#define BULKHEAD_IKE_PAYLOAD_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum payload_type {
    PAYLOAD_NONE = 0,
    PAYLOAD_SA = 33,
    PAYLOAD_KE = 34,
    PAYLOAD_IDI = 35,
    PAYLOAD_IDR = 36,
    PAYLOAD_CERT = 37,
    PAYLOAD_CERTREQ = 38,
    PAYLOAD_AUTH = 39,
    PAYLOAD_NONCE = 40,
    PAYLOAD_NOTIFY = 41,
    PAYLOAD_DELETE = 42,
    PAYLOAD_VENDOR_ID = 43,
    PAYLOAD_TSI = 44,
    PAYLOAD_TSR = 45,
    PAYLOAD_SK = 46,
    PAYLOAD_CP = 47,
    PAYLOAD_EAP = 48,
    PAYLOAD_SKF = 53, // RFC 7383
    PAYLOAD_KNOWN_MAX = 53,
};

enum exchange_type {
    EXCHANGE_IKE_SA_INIT = 34,
    EXCHANGE_IKE_AUTH = 35,
    EXCHANGE_CREATE_CHILD_SA = 36,
    EXCHANGE_INFORMATIONAL = 37,
};

// Do we parse it? An unknown one with the critical bit refuses the message (RFC 7296 2.5).
bool payload_is_known(uint8_t type);
// "SA", "KE", "IDi" ...; "?" when unknown. Static.
const char *payload_name(uint8_t type);
// "IKE_SA_INIT" ...; "?" when unknown. Static.
const char *exchange_name(uint8_t exchange);

#endif
