#include "esp-d/drop.h"

static const char *const names[DROP_COUNT] = {
    [DROP_NONE] = "none",
    [DROP_RUNT] = "runt",
    [DROP_TRUNCATED] = "truncated",
    [DROP_UNKNOWN_SPI] = "unknown_spi",
    [DROP_KEEPALIVE] = "keepalive",
    [DROP_HANDOVER] = "handover",
    [DROP_LENGTH] = "length",
    [DROP_REPLAY] = "replay",
    [DROP_LIFETIME_IN] = "lifetime_in",
    [DROP_INTEGRITY] = "integrity",
    [DROP_PADDING] = "padding",
    [DROP_NEXT_HEADER] = "next_header",
    [DROP_DUMMY] = "dummy",
    [DROP_INNER_MALFORMED] = "inner_malformed",
    [DROP_SELECTOR_IN] = "selector_in",
    [DROP_ECN] = "ecn",
    [DROP_TUN_WRITE] = "tun_write",
    [DROP_CLEAR_MALFORMED] = "clear_malformed",
    [DROP_NO_POLICY] = "no_policy",
    [DROP_POLICY_DISCARD] = "policy_discard",
    [DROP_POLICY_BYPASS] = "policy_bypass",
    [DROP_NO_SA] = "no_sa",
    [DROP_SEQUENCE_EXHAUSTED] = "sequence_exhausted",
    [DROP_LIFETIME_OUT] = "lifetime_out",
    [DROP_TOO_BIG] = "too_big",
    [DROP_TRANSPORT_FRAGMENT] = "transport_fragment",
    [DROP_TRANSPORT_HEADER] = "transport_header",
    [DROP_SEAL] = "seal",
    [DROP_SEND] = "send",
    [DROP_SEND_BUSY] = "send_busy",
    [DROP_IKE_LENGTH] = "ike_length",
    [DROP_IKE_RATE] = "ike_rate",
    [DROP_IKE_QUEUE] = "ike_queue",
};

const char *drop_name(enum drop reason)
{
    return (unsigned)reason < DROP_COUNT ? names[reason] : "unknown";
}
