#include "lib/net/range.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned bits_max(uint8_t family)
{
    return family == 4 ? 32 : 128;
}

// Zeroes (or sets) what is behind the first `bits`.
static void fill_host_bits(struct address *a, unsigned bits, bool ones)
{
    for (unsigned i = 0; i < address_size(a); i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        uint8_t host = (uint8_t)(kept >= 8 ? 0 : 0xff >> kept);

        a->b[i] = ones ? (uint8_t)(a->b[i] | host) : (uint8_t)(a->b[i] & ~host);
    }
}

static int parse_bits(const char *text, unsigned max, uint8_t *ret_bits)
{
    unsigned value = 0;

    if (!*text || strlen(text) > 3)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        value = value * 10 + (unsigned)(*text - '0');
    }
    if (value > max)
        return -EINVAL;
    *ret_bits = (uint8_t)value;
    return 0;
}

int prefix_parse(const char *text, struct prefix *ret_prefix)
{
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    char address[ADDRESS_TEXT_MAX];
    struct address written;
    struct prefix p;

    if (n >= sizeof(address))
        return -EINVAL;
    memcpy(address, text, n);
    address[n] = '\0';
    if (address_parse(address, &p.address) < 0)
        return -EINVAL;
    p.bits = (uint8_t)bits_max(p.address.family);
    if (slash && parse_bits(slash + 1, p.bits, &p.bits) < 0)
        return -EINVAL;
    written = p.address;
    fill_host_bits(&p.address, p.bits, false);
    *ret_prefix = p;
    return address_equal(&written, &p.address) ? 0 : -EDOM;
}

char *prefix_format(const struct prefix *p, char *out, size_t out_size)
{
    char address[ADDRESS_TEXT_MAX];

    snprintf(out, out_size, "%s/%u", address_format(&p->address, address, sizeof(address)), p->bits);
    return out;
}

struct range prefix_to_range(const struct prefix *p)
{
    struct range r = {.start = p->address, .end = p->address};

    fill_host_bits(&r.end, p->bits, true);
    return r;
}

static int parse_ends(const char *text, const char *dash, struct range *ret_range)
{
    char start[ADDRESS_TEXT_MAX];
    struct range r;

    if ((size_t)(dash - text) >= sizeof(start))
        return -EINVAL;
    memcpy(start, text, (size_t)(dash - text));
    start[dash - text] = '\0';
    if (address_parse(start, &r.start) < 0 || address_parse(dash + 1, &r.end) < 0)
        return -EINVAL;
    if (r.start.family != r.end.family || address_compare(&r.start, &r.end) > 0)
        return -ERANGE;
    *ret_range = r;
    return 0;
}

int range_parse(const char *text, struct range *ret_range)
{
    const char *dash = strchr(text, '-');
    struct prefix p;
    int r;

    if (dash)
        return parse_ends(text, dash, ret_range);
    r = prefix_parse(text, &p);
    if (r == 0)
        *ret_range = prefix_to_range(&p);
    return r;
}

char *range_format(const struct range *r, char *out, size_t out_size)
{
    char start[ADDRESS_TEXT_MAX], end[ADDRESS_TEXT_MAX];
    struct prefix p;

    if (range_to_prefix(r, &p))
        return prefix_format(&p, out, out_size);
    snprintf(out, out_size, "%s-%s", address_format(&r->start, start, sizeof(start)),
             address_format(&r->end, end, sizeof(end)));
    return out;
}

bool range_to_prefix(const struct range *r, struct prefix *ret_prefix)
{
    struct prefix p = {.address = r->start};
    unsigned bits = 0;
    struct range whole;

    if (r->start.family == 0 || r->start.family != r->end.family)
        return false;
    while (bits < bits_max(r->start.family) && ((r->start.b[bits / 8] ^ r->end.b[bits / 8]) & (0x80 >> bits % 8)) == 0)
        bits++;
    p.bits = (uint8_t)bits;
    fill_host_bits(&p.address, bits, false);
    whole = prefix_to_range(&p);
    if (!range_equal(&whole, r))
        return false;
    *ret_prefix = p;
    return true;
}

bool range_contains(const struct range *r, const struct address *a)
{
    return a->family == r->start.family && address_compare(&r->start, a) <= 0 && address_compare(a, &r->end) <= 0;
}

bool range_covers(const struct range *outer, const struct range *inner)
{
    return range_contains(outer, &inner->start) && range_contains(outer, &inner->end);
}

bool range_overlaps(const struct range *a, const struct range *b)
{
    return a->start.family == b->start.family && address_compare(&a->start, &b->end) <= 0 &&
           address_compare(&b->start, &a->end) <= 0;
}

bool range_equal(const struct range *a, const struct range *b)
{
    return address_equal(&a->start, &b->start) && address_equal(&a->end, &b->end);
}

bool range_intersect(const struct range *a, const struct range *b, struct range *ret_range)
{
    struct range r;

    if (!range_overlaps(a, b))
        return false;
    r.start = address_compare(&a->start, &b->start) >= 0 ? a->start : b->start;
    r.end = address_compare(&a->end, &b->end) <= 0 ? a->end : b->end;
    *ret_range = r;
    return true;
}

struct range range_all(uint8_t family)
{
    struct prefix p = {.address.family = family, .bits = 0};

    return prefix_to_range(&p);
}
