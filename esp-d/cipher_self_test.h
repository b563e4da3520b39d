// At every start: each algorithm of each backend makes what it always makes, opens what it sealed, takes no forged
// packet, and agrees with the other backend about a burst of packets. A CPU feature that a library gets wrong on this
// very machine is found before traffic depends on it.
#ifndef BULKHEAD_ESP_CIPHER_SELF_TEST_H
#define BULKHEAD_ESP_CIPHER_SELF_TEST_H

#include "esp-d/cipher.h"

// A backend under test.
struct cipher_party {
    const struct cipher_backend *backend;
    struct cipher_engine *engine;
    // For tests of what becomes of a failure: it gets everything wrong.
    bool faulty;
};

// Against the known answer (cipher_known.h).
bool cipher_self_test(struct cipher_party *party, const struct cipher_algorithm *algorithm);
// The same packets come out of both, and each takes the other's.
bool cipher_self_test_pair(struct cipher_party *a, struct cipher_party *b, const struct cipher_algorithm *algorithm);

#endif
