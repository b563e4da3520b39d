// NAT keepalives (RFC 3948 2.3): one byte 0xFF for SAs behind a NAT that were silent for a while. Thread: main.
#ifndef BULKHEAD_ESP_KEEPALIVE_H
#define BULKHEAD_ESP_KEEPALIVE_H

#include "esp-d/esp.h"

void keepalive_send_due(struct esp *esp, uint64_t now_ms);

#endif
