// Bounds of what pki-d takes, in the words of the edges' .proto files.
#ifndef BULKHEAD_PKI_LIMITS_H
#define BULKHEAD_PKI_LIMITS_H

#define PKI_NAME_MAX_BYTES   64    // of a secret or a tunnel
#define PKI_SECRET_MAX_BYTES 1024  // of a secret's value
#define PKI_BINDINGS_MAX     10000 // one a tunnel
#define PKI_AUTHORITIES_MAX  16    // that a tunnel trusts
#define PKI_ID_TEXT_MAX      1100  // of an identity as written
#define PKI_MASTER_KEY_BYTES 32    // AES-256

#define PKI_MESSAGE_MIN_BYTES 28    // an IKE header, RFC 7296 3.1
#define PKI_MESSAGE_MAX_BYTES 32768 // of an IKE message on an edge
#define PKI_NONCE_MIN_BYTES   16    // RFC 7296 3.9
#define PKI_NONCE_MAX_BYTES   256
#define PKI_SK_P_MAX_BYTES    64  // the longest PRF output
#define PKI_PPK_ID_MAX_BYTES  255 // bulkhead.v1.Ppk.id

// Tunnels in one PkiMissingSecrets.
#define PKI_MISSING_PAGE 200
// One line about a certificate in it, so that all of them fit a frame.
#define PKI_MISSING_FAULT_MAX 161

// Tunnel names in one IkeSecretChanged, so that it fits a frame.
#define PKI_CHANGED_PAGE 500

#endif
