#include "lib/net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int address_from_bytes(struct bytes b, struct address *ret_address)
{
    if (b.n != 4 && b.n != 16)
        return -EINVAL;
    *ret_address = (struct address){.family = b.n == 4 ? 4 : 6};
    memcpy(ret_address->b, b.p, b.n);
    return 0;
}

int address_parse(const char *text, struct address *ret_address)
{
    struct address a = {0};

    if (inet_pton(AF_INET, text, a.b) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, text, a.b) == 1)
        a.family = 6;
    else
        return -EINVAL;
    *ret_address = a;
    return 0;
}

char *address_format(const struct address *a, char *out, size_t out_size)
{
    if (a->family == 0 || !inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->b, out, (socklen_t)out_size))
        snprintf(out, out_size, "none");
    return out;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return address_compare(a, b) == 0;
}

int address_compare(const struct address *a, const struct address *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->b, b->b, address_size(a));
}

bool address_is_any(const struct address *a)
{
    static const uint8_t zero[16];

    return a->family != 0 && memcmp(a->b, zero, address_size(a)) == 0;
}

bool address_is_loopback(const struct address *a)
{
    static const uint8_t one[16] = {[15] = 1};

    if (a->family == 4)
        return a->b[0] == 127;
    return a->family == 6 && memcmp(a->b, one, sizeof(one)) == 0;
}

bool address_is_private(const struct address *a)
{
    if (a->family == 4)
        return a->b[0] == 10 || (a->b[0] == 172 && (a->b[1] & 0xf0) == 16) || (a->b[0] == 192 && a->b[1] == 168) ||
               (a->b[0] == 100 && (a->b[1] & 0xc0) == 64);
    return a->family == 6 && (a->b[0] & 0xfe) == 0xfc;
}

bool address_is_link_local(const struct address *a)
{
    if (a->family == 4)
        return a->b[0] == 169 && a->b[1] == 254; // RFC 3927
    return a->family == 6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool address_is_multicast(const struct address *a)
{
    if (a->family == 4)
        return (a->b[0] & 0xf0) == 0xe0;
    return a->family == 6 && a->b[0] == 0xff;
}
