// What a worker needs to run ciphers: an engine of the chosen backend, and one of OpenSSL for the few suites that it
// lacks.
#ifndef BULKHEAD_ESP_CRYPT_H
#define BULKHEAD_ESP_CRYPT_H

#include "esp-d/cipher.h"

struct crypt {
    const struct cipher_backend *backend;
    struct cipher_engine *engine;
    struct cipher_engine *portable;
};

// -ENOMEM: also when this machine can't run it.
int crypt_init(struct crypt *crypt, const struct cipher_backend *backend);
void crypt_done(struct crypt *crypt);
// Forgets the keys that contexts remember.
void crypt_rest(struct crypt *crypt);
// At most ESP_BURST_PKTS. Each one's outcome is in its `ok`.
void crypt_seal(struct crypt *crypt, struct cipher_op *ops, unsigned n);
void crypt_open(struct crypt *crypt, struct cipher_op *ops, unsigned n);

#endif
