// The filter of a worker's raw socket (classic BPF): of all ESP packets those whose SPI is its own, long enough to be
// ESP, and none with a reserved SPI (RFC 4303 2.1). Locked, so that nothing can take it off later.
#ifndef BULKHEAD_ESP_RAW_FILTER_H
#define BULKHEAD_ESP_RAW_FILTER_H

#include <stdint.h>

// For packets of a family (4: with their IP header; 6: without) with SPI mod `workers` = `index`. 0 or -errno.
int raw_filter_attach(int fd, uint8_t family, unsigned index, unsigned workers);

#endif
