// Says what is wrong with a certificate before a client does: by itself (RFC 5280, and RFC 4945 for IKE), and for each
// kind of client that is to work with it (lint_profile.h). Pure: typed facts in, findings out. pki-d asks at issue, the
// verifier about files.
#ifndef BULKHEAD_PKI_LINT_H
#define BULKHEAD_PKI_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/pki/lint_profile.h"

enum lint_purpose {
    LINT_PURPOSE_GUESS = 0, // from what the certificate says
    LINT_PURPOSE_AUTHORITY = 1,
    LINT_PURPOSE_SERVER = 2,
    LINT_PURPOSE_CLIENT = 4,
    LINT_PURPOSE_SITE = LINT_PURPOSE_SERVER | LINT_PURPOSE_CLIENT,
};

// Bits of RFC 5280 4.2.1.3, the first is bit 0.
#define LINT_USAGE_DIGITAL_SIGNATURE (1u << 0)
#define LINT_USAGE_NON_REPUDIATION   (1u << 1)
#define LINT_USAGE_KEY_CERT_SIGN     (1u << 5)
#define LINT_USAGE_CRL_SIGN          (1u << 6)

// All pointers are lent for the call; NULL strings and arrays of no elements are taken.
struct lint_facts {
    enum lint_purpose purpose;
    const char *common_name;
    char *const *alt_names; // "dns:vpn.example", "ip:192.0.2.1", "email:a@example.com"
    size_t alt_names_n;
    enum lint_key key;
    unsigned rsa_bits;               // of an RSA key; 0: not known
    const char *signature_algorithm; // OpenSSL's name, long or short; NULL or "": not known
    uint32_t key_usage;              // LINT_USAGE_*; 0: no such extension
    char *const *extended_key_usage; // "serverAuth", or dotted
    size_t extended_key_usage_n;
    bool is_authority;
    bool is_self_signed;
    bool has_subject_key_id;
    bool has_authority_key_id;
    int64_t not_before, not_after; // seconds since 1970
    // For whom, and when.
    uint32_t clients;     // LINT_CLIENT_BITs
    char *const *dialled; // names and addresses that clients will dial, with or without "dns:", "ip:"
    size_t dialled_n;
    int64_t now;
};

#define LINT_MESSAGE_MAX 256
// A stranger's file may give reason for any number of them; the rest is left out.
#define LINT_FINDINGS_MAX 64

struct lint_finding {
    enum lint_severity severity;
    const char *client; // "windows"; "": everybody
    const char *rule;   // "missing-san"
    char message[LINT_MESSAGE_MAX];
};

// The finding is lent until it returns.
typedef void lint_finding_fn(void *arg, const struct lint_finding *finding);

// What concerns everybody first, then client by client.
void lint_certificate(const struct lint_facts *facts, lint_finding_fn *on_finding, void *arg);

#endif
