// What esp-d can run. An algorithm that failed its self-test there is neither offered to a peer nor chosen.
#ifndef BULKHEAD_IKE_ESP_ABILITY_H
#define BULKHEAD_IKE_ESP_ABILITY_H

#include "ike-d/nego/offer.h"

#define ESP_ABILITY_MAX 64u

struct esp_ability {
    bool known; // else esp-d has not said yet, and all counts as there
    unsigned n;
    struct esp_ability_part {
        uint16_t encr; // 0: an integrity algorithm
        uint16_t key_bits;
        uint16_t integ;
    } parts[ESP_ABILITY_MAX];
};

// One more; those over ESP_ABILITY_MAX are left out.
void esp_ability_add(struct esp_ability *ability, const struct esp_ability_part *part);
// The offer with what esp-d can run alone: the same one with another holder when that is all of it, else a copy, which
// may be empty. NULL without memory. offer_free it.
struct offer *esp_ability_limit(const struct esp_ability *ability, struct offer *offer);

#endif
