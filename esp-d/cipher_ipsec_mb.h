// intel-ipsec-mb's keys: what cipher_ipsec_mb_key.c makes for cipher_ipsec_mb.c.
#ifndef BULKHEAD_ESP_CIPHER_IPSEC_MB_H
#define BULKHEAD_ESP_CIPHER_IPSEC_MB_H

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include "esp-d/cipher.h"

#define AES_ROUND_KEYS_BYTES (15 * 16)
#define HMAC_STATE_BYTES     64

struct cipher_engine {
    IMB_MGR *mgr;
    struct ipsec_mb_slot *slot; // one an op of a burst
};

// Keys of the job API.
struct ipsec_mb_job_keys {
    union {
        uint8_t aes[AES_ROUND_KEYS_BYTES]; // of the key's direction
        struct {
            uint64_t schedule[3][16];
            const void *pointer[3];
        } des;
    } cipher;
    union {
        struct { // digest states behind the key's first block
            uint8_t inner[HMAC_STATE_BYTES] __attribute__((aligned(16)));
            uint8_t outer[HMAC_STATE_BYTES] __attribute__((aligned(16)));
        } hmac;
        struct { // RFC 3566 4, RFC 4493 2.3
            uint8_t round_keys[AES_ROUND_KEYS_BYTES] __attribute__((aligned(16)));
            uint8_t whole[16] __attribute__((aligned(16))); // for a last block that is full
            uint8_t part[16] __attribute__((aligned(16)));
        } chained;
    } mac;
};

struct ipsec_mb_keys {
    union {
        struct gcm_key_data gcm;
        struct ipsec_mb_job_keys job;
    };
};

// struct cipher_backend's functions.
void *ipsec_mb_expand(struct cipher_engine *engine, const struct cipher_key *key);
void ipsec_mb_expanded_free(void *expanded);

#endif
