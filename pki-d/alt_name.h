// Alternative names of a subject (RFC 5280 4.2.1.6): "dns:vpn.example", "ip:192.0.2.1", "email:a@example.com"; without
// a prefix guessed from the form.
#ifndef BULKHEAD_PKI_ALT_NAME_H
#define BULKHEAD_PKI_ALT_NAME_H

#include <openssl/x509v3.h>

#include "pki-d/operation.h"

#define ALT_NAME_MAX_BYTES 272 // with its prefix
#define ALT_NAMES_MAX      64

// Brings it into the form with prefix, or says what is wrong with it: a sentence's end, "" when all is well.
const char *alt_name_normalize(const char *text, char ret_name[ALT_NAME_MAX_BYTES]);
// Of normalized ones. For GENERAL_NAMES_free; NULL when the library fails.
GENERAL_NAMES *alt_name_encode(char *const *names, size_t n);

#endif
