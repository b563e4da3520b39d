#include "lib/core/bytes.h"

#include <errno.h>
#include <string.h>

struct bytes bytes_of_str(const char *s)
{
    return bytes_of(s, strlen(s));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

// Eight bytes at a time, since every packet's ICV comes by here.
bool bytes_equal_secret(struct bytes a, struct bytes b)
{
    uint64_t difference = 0;
    size_t i = 0;

    if (a.n != b.n)
        return false;
    for (; i + 8 <= a.n; i += 8) {
        uint64_t x, y;

        memcpy(&x, a.p + i, 8);
        memcpy(&y, b.p + i, 8);
        difference |= x ^ y;
        __asm__ volatile("" : "+r"(difference)); // the compiler may not cut the loop short
    }
    for (; i < a.n; i++) {
        difference |= (uint64_t)(a.p[i] ^ b.p[i]);
        __asm__ volatile("" : "+r"(difference));
    }
    return difference == 0;
}

char *bytes_to_hex(struct bytes b, char *out, size_t out_size)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    if (out_size == 0)
        return out;
    for (size_t i = 0; i < b.n && n + 2 < out_size; i++) {
        out[n++] = digits[b.p[i] >> 4];
        out[n++] = digits[b.p[i] & 15];
    }
    out[n] = '\0';
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int bytes_from_hex(const char *hex, uint8_t *out, size_t out_size)
{
    size_t n = strlen(hex) / 2;

    if (strlen(hex) % 2 != 0)
        return -EINVAL;
    for (size_t i = 0; i < 2 * n; i++)
        if (hex_digit(hex[i]) < 0)
            return -EINVAL;
    if (n > out_size)
        return -ENOSPC;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    return (int)n;
}
