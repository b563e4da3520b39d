// Endpoints: addresses with a port (declared in address.h).
#include "lib/net/address.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// Digits alone, up to 65535.
static int parse_port(const char *text, uint16_t *ret_port)
{
    unsigned value = 0;

    if (!*text || strlen(text) > 5)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        value = value * 10 + (unsigned)(*text - '0');
    }
    if (value > 65535)
        return -EINVAL;
    *ret_port = (uint16_t)value;
    return 0;
}

int endpoint_parse(const char *text, struct endpoint *ret_endpoint)
{
    const char *colon = strrchr(text, ':');
    char host[ADDRESS_TEXT_MAX + 2];
    struct endpoint e;
    uint8_t family = 4;
    char *start = host;

    if (!colon || (size_t)(colon - text) >= sizeof(host))
        return -EINVAL;
    snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
    if (host[0] == '[') {
        size_t n = strlen(host);

        if (host[n - 1] != ']')
            return -EINVAL;
        host[n - 1] = '\0';
        start++;
        family = 6;
    }
    if (address_parse(start, &e.address) < 0 || e.address.family != family || parse_port(colon + 1, &e.port) < 0)
        return -EINVAL;
    *ret_endpoint = e;
    return 0;
}

char *endpoint_format(const struct endpoint *e, char *out, size_t out_size)
{
    char address[ADDRESS_TEXT_MAX];

    address_format(&e->address, address, sizeof(address));
    snprintf(out, out_size, e->address.family == 6 ? "[%s]:%u" : "%s:%u", address, e->port);
    return out;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

int endpoint_from_sockaddr(const struct sockaddr *sa, struct endpoint *ret_endpoint)
{
    struct sockaddr_in6 in6;
    struct sockaddr_in in;
    struct endpoint e;

    if (sa->sa_family == AF_INET) {
        memcpy(&in, sa, sizeof(in));
        e.port = ntohs(in.sin_port);
        address_from_bytes(bytes_of(&in.sin_addr, 4), &e.address);
    } else if (sa->sa_family == AF_INET6) {
        memcpy(&in6, sa, sizeof(in6));
        e.port = ntohs(in6.sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
            address_from_bytes(bytes_of(in6.sin6_addr.s6_addr + 12, 4), &e.address);
        else
            address_from_bytes(bytes_of(&in6.sin6_addr, 16), &e.address);
    } else {
        return -EAFNOSUPPORT;
    }
    *ret_endpoint = e;
    return 0;
}

socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret_sa)
{
    memset(ret_sa, 0, sizeof(*ret_sa));
    if (e->address.family == 6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret_sa;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(e->port);
        memcpy(&in6->sin6_addr, e->address.b, 16);
        return sizeof(*in6);
    }
    struct sockaddr_in *in = (struct sockaddr_in *)ret_sa;

    in->sin_family = AF_INET;
    in->sin_port = htons(e->port);
    memcpy(&in->sin_addr, e->address.b, 4);
    return sizeof(*in);
}
