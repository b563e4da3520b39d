// The Internet checksum (RFC 1071), summed while copying where a copy is made anyway. Sums are of 16-bit words as they
// lie in memory, folded late; the result is stored as it is, without a swap of bytes.
#ifndef BULKHEAD_ESP_CHECKSUM_H
#define BULKHEAD_ESP_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

// Running sums of pieces may be added up (at most 2^16 of them), as long as every piece but the last has an even
// length.
uint64_t checksum_sum(const uint8_t *p, size_t n);
// The same, and copies.
uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t n);
// Pseudo-header of TCP and UDP without addresses: protocol and upper-layer length (RFC 9293 3.1, RFC 8200 8.1).
uint64_t checksum_pseudo(uint8_t protocol, uint32_t upper_bytes);
// The complement, ready to be stored with checksum_store.
uint16_t checksum_fold(uint64_t sum);
static inline void checksum_store(uint8_t *p, uint16_t checksum)
{
    __builtin_memcpy(p, &checksum, sizeof(checksum));
}

#endif
