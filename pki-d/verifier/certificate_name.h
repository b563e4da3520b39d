// Names of certificates as text for people (RFC 4514): subject, issuer, serial number, alternative names. A stranger
// chose them: control characters, marks that change the direction of writing and whatever is no UTF-8 come out as \xx.
#ifndef BULKHEAD_PKI_VERIFIER_CERTIFICATE_NAME_H
#define BULKHEAD_PKI_VERIFIER_CERTIFICATE_NAME_H

#include <openssl/x509v3.h>

#include "lib/core/bytes.h"

// To be freed with free(); NULL without memory, and for what is no name at all.
char *certificate_name_text(const X509_NAME *name);
// The same, cut to VERIFIER_NAME_TEXT_MAX_BYTES: for what is told of a stranger, however long its names are.
char *certificate_name_short_text(const X509_NAME *name);

// The same for any text that came from outside.
char *certificate_name_escape(struct bytes raw);

// For reasons: "CN=gw1,O=Example (serial 0a1b)", cut short to fit. Returns out.
char *certificate_name_describe(const X509 *certificate, char *out, size_t out_size);

// Lower-case hex, two digits a byte.
char *certificate_name_serial(const ASN1_INTEGER *serial, char *out, size_t out_size);

// "dns:gw.example", "email:a@example.com", "ip:192.0.2.1", to be freed with free(). NULL and 0: a name of another kind.
// -EBADMSG: a DNS name or e-mail address with other bytes than visible ASCII, or an address of no known length.
// -ENOMEM.
int certificate_name_alternative(const GENERAL_NAME *name, char **ret_text);

// Visible ASCII, 1 to VERIFIER_ALT_NAME_MAX_BYTES bytes of it: what DNS names, e-mail addresses and URLs consist of.
bool certificate_name_is_plain(const ASN1_STRING *text);

#endif
