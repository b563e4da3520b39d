// The Internet checksum (RFC 1071), summed while copying where a copy is made anyway. Sums are of 16-bit words as they
// lie in memory, folded late; the result is stored as it is, without a swap of bytes.
#ifndef BULKHEAD_ESP_CHECKSUM_H
#define BULKHEAD_ESP_CHECKSUM_H

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>

// Running sums of pieces may be added up (at most 2^16 of them), as long as every piece but the last has an even
// length.
uint64_t checksum_sum(const uint8_t *p, size_t n);
// The same, and copies.
uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t n);
// Both as every machine can (checksum.c), and with AVX2 where it is there (checksum_avx2.c): sums may differ by
// multiples of 65535, which is zero to the checksum.
uint64_t checksum_portable_sum(const uint8_t *p, size_t n);
uint64_t checksum_portable_copy(uint8_t *to, const uint8_t *from, size_t n);
uint64_t checksum_avx2_sum(const uint8_t *p, size_t n);
uint64_t checksum_avx2_copy(uint8_t *to, const uint8_t *from, size_t n);

// What is left behind whole vectors. `to` may be NULL: no copy.
uint64_t checksum_tail(uint8_t *to, const uint8_t *from, size_t n);

// Of a few words of 32 bits: addresses, headers.
static inline uint64_t checksum_words(const uint8_t *p, unsigned words)
{
    uint64_t sum = 0;
    uint32_t w;

    for (unsigned i = 0; i < words; i++) {
        __builtin_memcpy(&w, p + (size_t)4 * i, sizeof(w));
        sum += w;
    }
    return sum;
}

// Pseudo-header of TCP and UDP without addresses: protocol and upper-layer length (RFC 9293 3.1, RFC 8200 8.1).
static inline uint64_t checksum_pseudo(uint8_t protocol, uint32_t upper_bytes)
{
    return (uint64_t)htons(protocol) + htonl(upper_bytes);
}

// The complement, ready to be stored with checksum_store.
static inline uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static inline void checksum_store(uint8_t *p, uint16_t checksum)
{
    __builtin_memcpy(p, &checksum, sizeof(checksum));
}

#endif
