// What is done for SAs now and then, a part of them at each tick: NAT keepalives (RFC 3948 2.3), one byte 0xFF when an
// SA behind a NAT was silent for a while; the expanded keys of SAs that carry nothing are let go; paths are asked for
// their MTU. Thread: main.
#ifndef BULKHEAD_ESP_SWEEP_H
#define BULKHEAD_ESP_SWEEP_H

#include "esp-d/esp.h"

// The next ESP_SWEEP_TICKS-th part of the SAs.
void sweep_tick(struct esp *esp, uint64_t now_ms);

#endif
