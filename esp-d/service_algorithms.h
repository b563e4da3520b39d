// The self-test's outcome as messages.
#ifndef BULKHEAD_ESP_SERVICE_ALGORITHMS_H
#define BULKHEAD_ESP_SERVICE_ALGORITHMS_H

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "esp-d/cipher_choice.h"

struct service_algorithms {
    Bulkhead__Internal__V1__EspAlgorithm *list[CIPHER_ALGORITHMS_MAX];
    Bulkhead__Internal__V1__EspAlgorithm message[CIPHER_ALGORITHMS_MAX];
    char *failed[CIPHER_ALGORITHMS_MAX][CIPHER_BACKENDS_MAX];
};

// All of them, or those alone that failed somewhere. Names are lent. Returns how many are in the list.
size_t service_algorithms_fill(struct service_algorithms *algorithms, const struct cipher_choice *ciphers,
                               bool failed_alone);

#endif
