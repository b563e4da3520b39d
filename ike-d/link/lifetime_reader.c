#include "ike-d/link/lifetime_reader.h"

#include "ike-d/sa/ike_limits.h"

static uint64_t ms_of(const Google__Protobuf__Duration *duration)
{
    return (uint64_t)duration->seconds * 1000 + (uint64_t)duration->nanos / 1000000;
}

static uint64_t default_hard_ms(uint64_t rekey_ms)
{
    uint64_t tenth = rekey_ms / 10;
    uint64_t longer = tenth > IKE_LIFETIME_HARD_LONGER_MIN_MS ? tenth : IKE_LIFETIME_HARD_LONGER_MIN_MS;
    return rekey_ms ? rekey_ms + longer : 0;
}

struct lifetime lifetime_reader_read(const Bulkhead__V1__Lifetime *message, uint64_t default_rekey_ms)
{
    struct lifetime lifetime = {.rekey_ms = default_rekey_ms, .jitter_percent = IKE_LIFETIME_JITTER_PERCENT};
    if (message) {
        lifetime.rekey_ms = message->rekey ? ms_of(message->rekey) : default_rekey_ms;
        lifetime.rekey_bytes = message->rekey_bytes;
        lifetime.rekey_packets = message->rekey_packets;
        if (message->jitter_presence_case == BULKHEAD__V1__LIFETIME__JITTER_PRESENCE_JITTER) {
            lifetime.jitter_percent = message->jitter;
        }
    }
    lifetime.hard_ms = message && message->hard ? ms_of(message->hard) : default_hard_ms(lifetime.rekey_ms);
    return lifetime;
}
