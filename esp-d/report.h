// What workers saw, told to ike-d: acquires, expiries, address changes. Thread: main.
#ifndef BULKHEAD_ESP_REPORT_H
#define BULKHEAD_ESP_REPORT_H

#include "esp-d/esp.h"

// Takes all that waits.
void report_events(struct esp *esp);

#endif
