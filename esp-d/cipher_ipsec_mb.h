// Inside of the intel-ipsec-mb backend: GCM by direct calls (cipher_ipsec_mb_gcm.c), all else by the job API
// (cipher_ipsec_mb_job.c), keys (cipher_ipsec_mb_key.c) and where they lie (cipher_ipsec_mb_pool.c). For
// ChaCha20-Poly1305 the library has direct calls too, but they are slower than a job: 630 to 600 ns a packet of 1400
// bytes, 340 to 270 of 300 bytes (bench/cipher).
#ifndef BULKHEAD_ESP_CIPHER_IPSEC_MB_H
#define BULKHEAD_ESP_CIPHER_IPSEC_MB_H

#define NO_COMPAT_IMB_API_053
#include <intel-ipsec-mb.h>

#include "esp-d/cipher.h"
#include "esp-d/esp_limits.h"

#define AES_ROUND_KEYS_BYTES (15 * 16)
#define HMAC_STATE_BYTES     64

// What a job looks at while it is under way.
struct ipsec_mb_slot {
    uint8_t icv[64];                        // as computed
    uint8_t received[CIPHER_ICV_BYTES_MAX]; // as it came, where the high half of an ESN took its place
    uint8_t nonce[16];
    uint8_t associated[16];
};

struct cipher_engine {
    IMB_MGR *mgr;
    struct ipsec_mb_slot *slot; // one an op of a burst
    struct gcm_context_data context;
    // For keys that find no room in the pool: one an op of a burst, from the pool.
    struct ipsec_mb_keys *spare[ESP_BURST_PKTS];
    unsigned spares; // so many hold something
};

// Keys of the job API, and with them all of a job that is the same for each packet.
struct ipsec_mb_job_keys {
    IMB_JOB job;
    union {
        uint8_t aes[AES_ROUND_KEYS_BYTES] __attribute__((aligned(16))); // of the key's direction
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

// struct cipher_backend's functions. NULL: there is no room.
void *ipsec_mb_expand(struct cipher_engine *engine, const struct cipher_key *key);
void ipsec_mb_expanded_free(void *expanded);
// Into given room.
void ipsec_mb_expand_into(struct cipher_engine *engine, const struct cipher_key *key, struct ipsec_mb_keys *keys);

// cipher_ipsec_mb_pool.c. Thread: any. Open first: false without memory.
bool ipsec_mb_pool_open(void);
// NULL: all of it is taken.
struct ipsec_mb_keys *ipsec_mb_pool_take(void);
// Wipes it.
void ipsec_mb_pool_give(struct ipsec_mb_keys *keys);

// Packets of one key of GCM, at once.
void ipsec_mb_gcm_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n,
                        const struct gcm_key_data *gcm);
// False: opened, and not authentic.
bool ipsec_mb_gcm_run(struct cipher_engine *engine, const struct cipher_key *key, const struct gcm_key_data *gcm,
                      const struct cipher_aead *aead);

// Packets of one key of any other suite. Some may stay under way until ipsec_mb_job_flush; each needs a slot of its
// own till then.
void ipsec_mb_job_burst(struct cipher_engine *engine, struct cipher_op *ops, unsigned n,
                        const struct ipsec_mb_keys *keys, struct ipsec_mb_slot *slots);
void ipsec_mb_job_flush(struct cipher_engine *engine);
// A packet of ChaCha20-Poly1305 alone.
bool ipsec_mb_job_chacha(struct cipher_engine *engine, const struct cipher_key *key,
                         const struct ipsec_mb_job_keys *keys, const struct cipher_aead *aead);
// The part of the job that is the key's.
void ipsec_mb_job_init(const struct cipher_key *key, struct ipsec_mb_job_keys *keys);

#endif
