// The courier of a gateway: where names lead.
#ifndef BULKHEAD_TESTS_DIALOGUE_FAKE_NAMES_H
#define BULKHEAD_TESTS_DIALOGUE_FAKE_NAMES_H

#include "ike-d/sa/ike_env.h"

#define FAKE_NAMES_MAX 3

// All names lead to the same addresses.
struct fake_names {
    bool away; // the courier is
    struct address addresses[FAKE_NAMES_MAX];
    unsigned n; // 0: there is no such name
    uint32_t ttl_s;
    unsigned questions;
    unsigned anew; // of these
};

// From here on; NULL ends the list.
void fake_names_set(struct fake_names *names, uint32_t ttl_s, const char *const *addresses);
void fake_names_fill(struct ike_env *env);

#endif
