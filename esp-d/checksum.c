#include "esp-d/checksum.h"

#include <arpa/inet.h>
#include <string.h>

// Sums of 32-bit halves in 64-bit lanes: no carries to follow, and compilers turn the loops into vector code. A lane
// takes 2^32 additions before it could overflow; lengths here are below 2^17.
static uint64_t sum_block(const uint8_t *p)
{
    uint32_t w[8];
    uint64_t sum = 0;

    memcpy(w, p, sizeof(w));
    for (int i = 0; i < 8; i++)
        sum += w[i];
    return sum;
}

static uint64_t sum_tail(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;

    for (; n >= 2; p += 2, n -= 2) {
        uint16_t w;

        memcpy(&w, p, sizeof(w));
        sum += w;
    }
    if (n) {
        uint8_t last[2] = {*p, 0};
        uint16_t w;

        memcpy(&w, last, sizeof(w));
        sum += w;
    }
    return sum;
}

// So that sums of pieces stay small enough to be added.
static uint64_t fold_32(uint64_t sum)
{
    return (sum & 0xffffffff) + (sum >> 32);
}

uint64_t checksum_sum(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;

    for (; n >= 32; p += 32, n -= 32)
        sum += sum_block(p);
    return fold_32(sum + sum_tail(p, n));
}

uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    uint64_t sum = 0;

    for (; n >= 32; to += 32, from += 32, n -= 32) {
        memcpy(to, from, 32);
        sum += sum_block(from);
    }
    if (n)
        memcpy(to, from, n);
    return fold_32(sum + sum_tail(from, n));
}

uint64_t checksum_pseudo(uint8_t protocol, uint32_t upper_bytes)
{
    return (uint64_t)htons(protocol) + htonl(upper_bytes);
}

uint16_t checksum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}
