#include "lib/schema/base64.h"

#include <errno.h>
#include <limits.h>

void base64_encode(struct bytes b, char *out)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < b.n; i += 3) {
        size_t n = b.n - i < 3 ? b.n - i : 3;
        uint32_t v = (uint32_t)b.p[i] << 16;

        if (n > 1)
            v |= (uint32_t)b.p[i + 1] << 8;
        if (n > 2)
            v |= b.p[i + 2];
        *out++ = alphabet[v >> 18];
        *out++ = alphabet[v >> 12 & 63];
        *out++ = n > 1 ? alphabet[v >> 6 & 63] : '=';
        *out++ = n > 2 ? alphabet[v & 63] : '=';
    }
    *out = '\0';
}

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

static size_t without_padding(struct bytes text)
{
    size_t n = text.n;

    if (n % 4 == 0)
        for (int i = 0; i < 2 && n > 0 && text.p[n - 1] == '='; i++)
            n--;
    return n;
}

int base64_decode(struct bytes text, uint8_t *out)
{
    size_t n = without_padding(text), written = 0;
    uint32_t v = 0;

    if (n % 4 == 1 || n / 4 * 3 + 2 > INT_MAX)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        int digit = value_of(text.p[i]);

        if (digit < 0)
            return -EINVAL;
        v = v << 6 | (uint32_t)digit;
        if (i % 4 != 0)
            out[written++] = (uint8_t)(v >> (6 - 2 * (i % 4)));
    }
    // bits that stand for nothing must be zero, or two texts would mean the same bytes
    if ((n % 4 == 2 && (v & 15)) || (n % 4 == 3 && (v & 3)))
        return -EINVAL;
    return (int)written;
}
