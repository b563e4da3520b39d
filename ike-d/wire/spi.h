// SPIs as payloads carry them: 4 bytes for ESP (RFC 4303 2.1), 8 for IKE (RFC 7296 3.3.1).
#ifndef BULKHEAD_IKE_SPI_H
#define BULKHEAD_IKE_SPI_H

#include "lib/core/bytes.h"

#define SPI_ESP_BYTES 4
#define SPI_IKE_BYTES 8

// Written into out, of which the view is.
struct bytes spi_put_esp(uint32_t spi, uint8_t out[SPI_ESP_BYTES]);
struct bytes spi_put_ike(uint64_t spi, uint8_t out[SPI_IKE_BYTES]);
// 0: it has another length, or is none.
uint32_t spi_get_esp(struct bytes field);
uint64_t spi_get_ike(struct bytes field);

#endif
