#include "esp-d/pace.h"

#include "esp-d/esp_limits.h"

bool pace_is_hot(struct pace *pace, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - pace->since_ns;

    if (passed_ns < ESP_PACE_NS)
        return pace->is_hot;
    pace->is_hot = (uint64_t)pace->arrivals * 1000000000u >= ESP_PACE_ARRIVALS_PER_S * passed_ns &&
                   pace->bytes < (uint64_t)pace->arrivals * ESP_PACE_SMALL_BYTES;
    pace->since_ns = now_ns;
    pace->arrivals = 0;
    pace->bytes = 0;
    return pace->is_hot;
}
