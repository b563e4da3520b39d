#include "lib/schema/utf8.h"

static size_t length_by_first(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t utf8_length(struct bytes b)
{
    size_t n = b.n ? length_by_first(b.p[0]) : 0;

    if (n == 0 || n > b.n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((b.p[i] & 0xc0) != 0x80)
            return 0;
    if ((b.p[0] == 0xe0 && b.p[1] < 0xa0) || (b.p[0] == 0xf0 && b.p[1] < 0x90)) // overlong
        return 0;
    if ((b.p[0] == 0xed && b.p[1] > 0x9f) || (b.p[0] == 0xf4 && b.p[1] > 0x8f)) // surrogate; too high
        return 0;
    return n;
}

bool utf8_is_odd(struct bytes b, size_t n)
{
    if (n == 2)
        return b.p[0] == 0xc2 && b.p[1] < 0xa0;
    return n == 3 && b.p[0] == 0xe2 && b.p[1] == 0x80 && (b.p[2] == 0xa8 || b.p[2] == 0xa9);
}

bool utf8_is_text(struct bytes b)
{
    while (b.n > 0) {
        size_t n = utf8_length(b);

        if (n == 0 || *b.p == 0)
            return false;
        b = bytes_of(b.p + n, b.n - n);
    }
    return true;
}
