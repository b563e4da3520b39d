// Which backend runs which algorithm here: the fastest one that this machine has and that passed the self-test. One
// that fails is not used; where no backend is left, the algorithm is not offered to peers.
#ifndef BULKHEAD_ESP_CIPHER_CHOICE_H
#define BULKHEAD_ESP_CIPHER_CHOICE_H

#include "esp-d/cipher.h"

#define CIPHER_BACKENDS_MAX   2u
#define CIPHER_ALGORITHMS_MAX 48u

enum cipher_verdict {
    CIPHER_LACKS, // the backend hasn't this algorithm
    CIPHER_WORKS,
    CIPHER_FAILS,
};

struct cipher_choice {
    const struct cipher_backend *backends[CIPHER_BACKENDS_MAX]; // the fastest first
    unsigned backends_n;
    struct cipher_choice_row {
        struct cipher_algorithm algorithm;
        enum cipher_verdict verdict[CIPHER_BACKENDS_MAX]; // as backends
    } rows[CIPHER_ALGORITHMS_MAX];
    unsigned rows_n;
};

// Tests everything. wanted: the name of the only backend besides OpenSSL that is to be used, NULL or "": any. faults:
// for tests, "BACKEND:ALGORITHM,..." that are to fail; NULL: none. -ENOENT: no such backend here. -ENOMEM.
int cipher_choice_make(struct cipher_choice *choice, const char *wanted, const char *faults);

// The backend for a suite; NULL: none. A cipher and its integrity algorithm run in one.
const struct cipher_backend *cipher_choice_find(const struct cipher_choice *choice, const struct cipher_suite *suite);
// The backend for one algorithm, which may be the cipher or the integrity algorithm of several suites; NULL: none.
const struct cipher_backend *cipher_choice_of(const struct cipher_choice *choice, const struct cipher_choice_row *row);

#endif
