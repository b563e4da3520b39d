// The fake pki-d and esp-d of a dialogue: real MACs with the gateway's secret (RFC 7296 2.15), and an SAD that checks
// that no key is ever installed twice.
#ifndef BULKHEAD_TESTS_DIALOGUE_FAKE_SERVICES_H
#define BULKHEAD_TESTS_DIALOGUE_FAKE_SERVICES_H

#include "tests/dialogue/world.h"

void fake_services_fill(struct ike_env *env);
void fake_services_drop_sas(struct gateway *gateway);
void fake_services_forget_keys(struct world *world);

// An answer that a core gets later. Takes kex; copies data.
struct fake_answer {
    uint64_t job;
    enum ike_job_outcome outcome;
    uint32_t spi;
    bool other_secret;
    size_t key_n; // of each of the mixed keys in data
    struct kex *kex;
    size_t data_n;
    uint8_t data[KEX_BYTES_MAX];
};
// By world.c: the answer arrives after a while, unless the gateway dies.
void world_answer_later(struct gateway *gateway, const struct fake_answer *answer);

#endif
