// What each kind of client asks of certificates, as data. Sources stand beside the rows (lint_profile.c).
#ifndef BULKHEAD_PKI_LINT_PROFILE_H
#define BULKHEAD_PKI_LINT_PROFILE_H

#include <stddef.h>
#include <stdint.h>

enum lint_client {
    LINT_CLIENT_WINDOWS,
    LINT_CLIENT_APPLE,
    LINT_CLIENT_ANDROID,
    LINT_CLIENT_STRONGSWAN,
    LINT_CLIENT_ROUTEROS,
    LINT_CLIENT_CISCO,
    LINT_CLIENT_COUNT,
};

#define LINT_CLIENT_BIT(client) (1u << (client))
#define LINT_CLIENTS_ALL        (LINT_CLIENT_BIT(LINT_CLIENT_COUNT) - 1)
// Their names, for messages about unknown ones.
#define LINT_CLIENT_NAMES "windows, apple (ios, macos), android, strongswan, routeros, cisco"

enum lint_severity {
    LINT_SEVERITY_NONE,
    LINT_SEVERITY_WARNING,
    LINT_SEVERITY_ERROR, // that client won't connect
};

enum lint_key {
    LINT_KEY_OTHER,
    LINT_KEY_RSA,
    LINT_KEY_EC_P256,
    LINT_KEY_EC_P384,
    LINT_KEY_EC_P521,
    LINT_KEY_ED25519,
};

#define LINT_KEY_BIT(key) (1u << (key))

struct lint_profile {
    enum lint_client client;
    const char *name;  // in findings, and as people write it
    const char *title; // in sentences
    uint32_t keys;     // LINT_KEY_BITs that it takes
    uint32_t keys_doubtful;
    const char *key_reason; // why not the others
    enum lint_severity missing_san;
    enum lint_severity missing_server_auth;
    enum lint_severity missing_client_auth; // no clientAuth in its own certificate
    enum lint_severity ip_not_dns_name;
    enum lint_severity wildcard;
    // It compares what was dialled with the common name when no dNSName fits.
    enum lint_severity dialled_only_as_common_name;
    unsigned server_days_max; // 0: any
};

extern const struct lint_profile lint_profiles[LINT_CLIENT_COUNT]; // by enum lint_client

// "windows", "ios" ... to bits; 0: there is no such client.
uint32_t lint_profile_find(const char *name);
// All of them, ORed; none: LINT_CLIENTS_ALL. Returns the bits, or 0 with the index of the unknown one.
uint32_t lint_profile_find_all(char *const *names, size_t n, size_t *ret_unknown);

#endif
