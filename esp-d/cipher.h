// The ciphers of ESP behind one small interface, a burst at a time: AEADs (RFC 4106, RFC 4309, RFC 7634), or AES-CBC,
// AES-CTR and 3DES (RFC 3602, 3686, 2451) with HMAC, XCBC or CMAC (RFC 2403, 2404, 4868, 3566, 4494). Two backends:
// intel-ipsec-mb on x86-64, OpenSSL everywhere. Packets are worked on in place, laid out as RFC 4303 2 says: SPI,
// sequence number, IV, encrypted part, ICV.
#ifndef BULKHEAD_ESP_CIPHER_H
#define BULKHEAD_ESP_CIPHER_H

#include <endian.h>
#include <string.h>

#include "lib/core/bytes.h"
#include "lib/crypto/algorithm.h"

#define CIPHER_HEADER_BYTES         8u // SPI and sequence number
#define CIPHER_IV_BYTES_MAX         16u
#define CIPHER_ICV_BYTES_MAX        32u
#define CIPHER_NONCE_BYTES          12u // of AEADs at most: salt and IV
#define CIPHER_ASSOCIATED_BYTES_MAX 12u

struct cipher_suite {
    uint16_t encr;  // IANA transform ids (RFC 7296 3.3.2)
    uint16_t integ; // 0 with an AEAD
    uint16_t key_bits;
    enum encr_mode mode;
    enum mac_kind mac; // not with an AEAD
    bool aead;
    bool esn;          // extended sequence numbers (RFC 4303 2.2.1): the ICV covers their high half too
    uint8_t key_bytes; // without the salt
    uint8_t salt_bytes;
    uint8_t integ_key_bytes;
    uint8_t iv_bytes;
    uint8_t icv_bytes;
    uint8_t align_bytes; // of the encrypted part: CBC its block, else 4 (RFC 4303 2.4)
    const char *digest;  // OpenSSL's name, with HMAC
};

// A part of a suite, or all of one.
struct cipher_algorithm {
    uint16_t encr;     // 0: an integrity algorithm
    uint16_t key_bits; // as in the suite
    uint16_t integ;    // 0: an AEAD, or a cipher without its integrity algorithm
    const char *name;  // as in proposals: "aes256gcm16", "aes256", "sha256"
};

enum cipher_direction {
    CIPHER_SEAL,
    CIPHER_OPEN,
};

struct cipher_backend;

// One direction's keys. Many SAs carry nothing most of the time, so that only the keys themselves are kept for good;
// what a backend makes of them for speed comes with the first packet and may be taken away. Thread: workers expand and
// read, the main thread does the rest.
struct cipher_key {
    const struct cipher_backend *backend;
    void *_Atomic expanded; // the backend's; NULL: not now
    uint64_t id;            // unique in this process's life, so that workers may remember which key a context holds
    struct cipher_suite suite;
    enum cipher_direction direction;
    uint8_t raw[]; // encryption key, its salt, integrity key
};

// A worker's own scratch for one backend.
struct cipher_engine;

struct cipher_op {
    struct cipher_key *key;
    uint8_t *packet;
    uint32_t bytes;         // ICV included
    uint32_t sequence_high; // with ESN
    bool ok;                // open: the packet is authentic and decrypted in place
};

// A packet of an AEAD by its parts.
struct cipher_aead {
    const uint8_t *nonce;    // salt and IV
    struct bytes associated; // of any length, so that published vectors can be run
    uint8_t *text;           // worked on in place
    uint32_t text_bytes;
    uint8_t *icv; // sealing: made; opening: compared
};

struct cipher_backend {
    const char *name;
    bool is_checked; // by the self-test
    bool (*supports)(const struct cipher_suite *suite);
    // NULL: this machine can't run it, or no memory.
    struct cipher_engine *(*engine_new)(void);
    void (*engine_free)(struct cipher_engine *engine); // NULL is taken
    // Forgets the keys that it remembers. NULL: it remembers none.
    void (*engine_rest)(struct cipher_engine *engine);
    // Round keys and the like, without asking for memory. NULL: no room; both functions NULL: it needs none.
    void *(*expand)(struct cipher_engine *engine, const struct cipher_key *key);
    void (*expanded_free)(void *expanded); // wipes
    // The IV stands in each packet already. Keys may differ from one to the next.
    void (*seal)(struct cipher_engine *engine, struct cipher_op *ops, unsigned n);
    void (*open)(struct cipher_engine *engine, struct cipher_op *ops, unsigned n);
    // One that stands alone, of GCM or ChaCha20-Poly1305. False when it is not authentic.
    bool (*run_aead)(struct cipher_engine *engine, struct cipher_key *key, const struct cipher_aead *aead);
};

extern const struct cipher_backend cipher_ipsec_mb; // cipher_ipsec_mb.c
extern const struct cipher_backend cipher_openssl;  // cipher_openssl.c
// bench/cipher/null.c, which only builds made for the benchmark have: it encrypts nothing.
extern const struct cipher_backend cipher_null;

// From IANA ids, by lib/crypto's table. -EOPNOTSUPP: not known, or a pair that makes no sense.
int cipher_suite_find(uint16_t encr, uint16_t key_bits, uint16_t integ, struct cipher_suite *ret_suite);
// What ESP has here: AEADs, ciphers, integrity algorithms. The `index`th; false behind the last one.
bool cipher_algorithm_at(unsigned index, struct cipher_algorithm *ret_algorithm);
// keys: encryption with the salt at its end (RFC 4106 8.1), integrity. For that backend, or for OpenSSL when it lacks
// the suite. -EINVAL: lengths, -ENOMEM.
int cipher_key_new(const struct cipher_backend *backend, const struct cipher_suite *suite,
                   enum cipher_direction direction, const struct bytes keys[2], struct cipher_key **ret_key);
void cipher_key_free(struct cipher_key *key); // NULL is taken; wipes
// Thread: worker. What the key was expanded to, now or before; NULL: there is no room.
void *cipher_key_expand(struct cipher_engine *engine, struct cipher_key *key);
// Thread: main. Takes the expanded form away, to be freed by the backend when no worker can see it; NULL: there is
// none.
void *cipher_key_rest(struct cipher_key *key);

// What an AEAD's ICV covers besides the encrypted part (RFC 4106 5, RFC 4303 2.2.1): the header, with ESN the high half
// of the number between SPI and the low one. It may be made in `extended`.
static inline struct bytes cipher_associated(const struct cipher_op *op, uint8_t extended[CIPHER_ASSOCIATED_BYTES_MAX])
{
    uint32_t high = htobe32(op->sequence_high);

    if (!op->key->suite.esn)
        return bytes_of(op->packet, CIPHER_HEADER_BYTES);
    memcpy(extended, op->packet, 4);
    memcpy(extended + 4, &high, 4);
    memcpy(extended + 8, op->packet + 4, 4);
    return bytes_of(extended, CIPHER_ASSOCIATED_BYTES_MAX);
}

// By name ("ipsec-mb", "openssl"); NULL or "": the fastest that this machine runs. NULL: no such backend here.
const struct cipher_backend *cipher_backend_find(const char *name);

#endif
