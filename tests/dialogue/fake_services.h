// The fake pki-d and esp-d of a dialogue: real MACs with the gateway's secret (RFC 7296 2.15), and an SAD that checks
// that no key is ever installed twice.
#ifndef BULKHEAD_TESTS_DIALOGUE_FAKE_SERVICES_H
#define BULKHEAD_TESTS_DIALOGUE_FAKE_SERVICES_H

#include "tests/dialogue/world.h"

void fake_services_fill(struct ike_env *env);
void fake_services_drop_sas(struct gateway *gateway);
void fake_services_forget_keys(struct world *world);

// A packet leaves that gateway; data_path.c. It arrives later, or is lost at once for want of an SA.
void data_path_send(struct world *world, int from);
void data_path_arrive(struct world *world, int side, uint32_t spi, const struct fake_key *key);
void data_path_forget_retired(struct gateway *gateway);

// An answer that a core gets later. Takes kex; copies data.
struct fake_answer {
    uint64_t job;
    enum ike_job_outcome outcome;
    uint32_t spi;
    uint32_t ago_ms;
    unsigned extra_ms; // later than other answers
    bool other_secret;
    size_t key_n; // of each of the mixed keys in data
    struct kex *kex;
    uint8_t auth_method;
    const struct credential *credential; // lent by the gateway's fake_pki
    const struct peer_certificate *peer;
    const struct fake_names *names; // lent by the gateway; NULL: of another question
    size_t data_n;
    uint8_t data[KEX_BYTES_MAX];
};
// By world.c: a packet on its way.
void world_post_packet(struct world *world, int to, const struct fake_sa *sa);
// By world.c: the answer arrives after a while, unless the gateway dies.
void world_answer_later(struct gateway *gateway, const struct fake_answer *answer);

#endif
