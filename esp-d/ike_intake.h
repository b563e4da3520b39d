// How many IKE datagrams of port 4500 get on towards ike-d: so many a second of peers, whose addresses SAs send to, and
// as many of everybody else.
#ifndef BULKHEAD_ESP_IKE_INTAKE_H
#define BULKHEAD_ESP_IKE_INTAKE_H

#include "esp-d/drop.h"
#include "esp-d/peers.h"
#include "lib/core/ratelimit.h"

struct ike_intake {
    struct ratelimit peers;
    struct ratelimit strangers;
};

void ike_intake_init(struct ike_intake *intake);
// A message of so many bytes, without the marker. DROP_NONE: it may pass. Thread: one.
enum drop ike_intake_admit(struct ike_intake *intake, const struct peers *peers, const struct endpoint *remote,
                           size_t bytes, uint64_t now_ms);

#endif
