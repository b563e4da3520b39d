#include "esp-d/ike_intake.h"

#include "esp-d/esp_limits.h"

void ike_intake_init(struct ike_intake *intake)
{
    ratelimit_init(&intake->peers, ESP_IKE_DATAGRAMS_PER_S, ESP_IKE_DATAGRAMS_BURST, 0);
    ratelimit_init(&intake->strangers, ESP_IKE_DATAGRAMS_PER_S, ESP_IKE_DATAGRAMS_BURST, 0);
}

enum drop ike_intake_admit(struct ike_intake *intake, const struct peers *peers, const struct endpoint *remote,
                           size_t bytes, uint64_t now_ms)
{
    struct ratelimit *limit = peers_has(peers, &remote->address) ? &intake->peers : &intake->strangers;

    if (bytes > ESP_IKE_DATAGRAM_MAX_BYTES)
        return DROP_IKE_LENGTH;
    return ratelimit_take(limit, now_ms) ? DROP_NONE : DROP_IKE_RATE;
}
