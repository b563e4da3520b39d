// What one IKE message may hold. A message over a limit is INVALID_SYNTAX, so nothing grows by a stranger's will.
#ifndef BULKHEAD_IKE_WIRE_LIMITS_H
#define BULKHEAD_IKE_WIRE_LIMITS_H

#define WIRE_MESSAGE_BYTES_MAX 32768
#define WIRE_PAYLOADS_MAX      128 // outer and inner chain together, ignored ones too
#define WIRE_PROPOSALS_MAX     64  // Windows sends about 20
#define WIRE_ATTRIBUTES_MAX    8   // in one transform
#define WIRE_SELECTORS_MAX     255 // what the count's one byte can say
#define WIRE_NOTIFIES_MAX      64
#define WIRE_DELETES_MAX       8
#define WIRE_CONFIG_ATTRS_MAX  64
#define WIRE_VENDOR_IDS_MAX    16 // kept for the log; further ones are skipped
#define WIRE_CERTS_MAX         16
#define WIRE_NONCE_BYTES_MIN   16 // RFC 7296 2.10
#define WIRE_NONCE_BYTES_MAX   256

#endif
