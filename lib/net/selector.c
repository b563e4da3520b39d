#include "lib/net/selector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_IPV6_ICMP = 58, PROTOCOL_SCTP = 132 };

static const struct {
    const char *name;
    uint8_t number;
} protocols[] = {
    {"icmp", PROTOCOL_ICMP},           {"tcp", PROTOCOL_TCP},   {"udp", PROTOCOL_UDP},
    {"ipv6-icmp", PROTOCOL_IPV6_ICMP}, {"sctp", PROTOCOL_SCTP},
};

#define PROTOCOL_COUNT (sizeof(protocols) / sizeof(protocols[0]))

static bool is_icmp(uint8_t protocol)
{
    return protocol == PROTOCOL_ICMP || protocol == PROTOCOL_IPV6_ICMP;
}

static bool is_any_port(const struct selector *s)
{
    return s->start_port == 0 && s->end_port == UINT16_MAX;
}

static bool is_opaque(const struct selector *s)
{
    return s->start_port > s->end_port;
}

// Digits alone, at most max; advances *text.
static int parse_number(const char **text, unsigned max, unsigned *ret_value)
{
    const char *p = *text;
    unsigned value = 0;

    for (; *p >= '0' && *p <= '9' && p - *text < 6; p++)
        value = value * 10 + (unsigned)(*p - '0');
    if (p == *text || value > max)
        return -EINVAL;
    *text = p;
    *ret_value = value;
    return 0;
}

static int parse_protocol(const char *text, uint8_t *ret_protocol)
{
    unsigned number = 0;

    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        if (strcmp(text, protocols[i].name) == 0) {
            *ret_protocol = protocols[i].number;
            return 0;
        }
    if (*text && (parse_number(&text, 255, &number) < 0 || *text || number == 0))
        return -EINVAL;
    *ret_protocol = (uint8_t)number;
    return 0;
}

static int parse_ports(const char *text, struct selector *s)
{
    unsigned start, end;

    if (!*text) {
        s->start_port = 0;
        s->end_port = UINT16_MAX;
        return 0;
    }
    if (parse_number(&text, UINT16_MAX, &start) < 0)
        return -EINVAL;
    end = start;
    if (*text == '-') {
        text++;
        if (parse_number(&text, UINT16_MAX, &end) < 0)
            return -EINVAL;
    }
    if (*text || start > end)
        return -EINVAL;
    s->start_port = (uint16_t)start;
    s->end_port = (uint16_t)end;
    return 0;
}

static const char *range_error(int r)
{
    if (r == -EDOM)
        return "host bits are set; write the network address before the '/'";
    if (r == -ERANGE)
        return "start and end of a range must be of one family, the lower address first";
    return "not a prefix, address or range; write for example 10.1.0.0/24, 10.1.0.1 or 10.1.0.1-10.1.0.9";
}

int selector_parse(const char *range, const char *protocol, const char *ports, struct selector *ret_selector,
                   const char **ret_error)
{
    struct selector s;
    int r = range_parse(range, &s.range);

    if (r < 0) {
        *ret_error = range_error(r);
        return -EINVAL;
    }
    if (parse_protocol(protocol, &s.protocol) < 0) {
        *ret_error = "unknown protocol; write tcp, udp, icmp, ipv6-icmp, sctp or a number 1-255";
        return -EINVAL;
    }
    if (parse_ports(ports, &s) < 0) {
        *ret_error = "not a port or range of ports; write for example 80 or 1000-2000";
        return -EINVAL;
    }
    if (*ports && s.protocol != PROTOCOL_TCP && s.protocol != PROTOCOL_UDP && s.protocol != PROTOCOL_SCTP) {
        *ret_error = "ports need protocol tcp, udp or sctp";
        return -EINVAL;
    }
    *ret_selector = s;
    return 0;
}

// One type, one type and code, or a range of both.
static void format_icmp(const struct selector *s, char *out, size_t out_size)
{
    unsigned type = s->start_port >> 8, code = s->start_port & 0xff;
    unsigned last_type = s->end_port >> 8, last_code = s->end_port & 0xff;

    if (type == last_type && code == 0 && last_code == 0xff)
        snprintf(out, out_size, "/%u", type);
    else if (s->start_port == s->end_port)
        snprintf(out, out_size, "/%u/%u", type, code);
    else
        snprintf(out, out_size, "/%u/%u-%u/%u", type, code, last_type, last_code);
}

static char *format_ports(const struct selector *s, char *out, size_t out_size)
{
    if (is_any_port(s))
        out[0] = '\0';
    else if (is_opaque(s))
        snprintf(out, out_size, "/opaque");
    else if (is_icmp(s->protocol))
        format_icmp(s, out, out_size);
    else if (s->start_port == s->end_port)
        snprintf(out, out_size, "/%u", s->start_port);
    else
        snprintf(out, out_size, "/%u-%u", s->start_port, s->end_port);
    return out;
}

char *selector_format(const struct selector *s, char *out, size_t out_size)
{
    char range[RANGE_TEXT_MAX], number[8], ports[24];
    const char *protocol = number;

    range_format(&s->range, range, sizeof(range));
    if (s->protocol == 0 && is_any_port(s)) {
        snprintf(out, out_size, "%s", range);
        return out;
    }
    snprintf(number, sizeof(number), "%u", s->protocol);
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        if (protocols[i].number == s->protocol)
            protocol = protocols[i].name;
    snprintf(out, out_size, "%s[%s%s]", range, protocol, format_ports(s, ports, sizeof(ports)));
    return out;
}

bool selector_equal(const struct selector *a, const struct selector *b)
{
    return range_equal(&a->range, &b->range) && a->protocol == b->protocol && a->start_port == b->start_port &&
           a->end_port == b->end_port;
}

// OPAQUE (RFC 7296 3.13.1: start 65535, end 0) is a value of its own that only ANY and OPAQUE cover.
static bool ports_cover(const struct selector *outer, const struct selector *inner)
{
    if (is_any_port(outer))
        return true;
    if (is_opaque(outer) || is_opaque(inner))
        return is_opaque(outer) && is_opaque(inner);
    return outer->start_port <= inner->start_port && inner->end_port <= outer->end_port;
}

bool selector_covers(const struct selector *outer, const struct selector *inner)
{
    return range_covers(&outer->range, &inner->range) && (outer->protocol == 0 || outer->protocol == inner->protocol) &&
           ports_cover(outer, inner);
}

bool selector_overlaps(const struct selector *a, const struct selector *b)
{
    struct selector both;

    return selector_intersect(a, b, &both);
}

static bool intersect_ports(const struct selector *a, const struct selector *b, struct selector *both)
{
    const struct selector *narrow = ports_cover(a, b) ? b : a;

    if (ports_cover(a, b) || ports_cover(b, a)) {
        both->start_port = narrow->start_port;
        both->end_port = narrow->end_port;
        return true;
    }
    if (is_opaque(a) || is_opaque(b))
        return false;
    both->start_port = a->start_port > b->start_port ? a->start_port : b->start_port;
    both->end_port = a->end_port < b->end_port ? a->end_port : b->end_port;
    return both->start_port <= both->end_port;
}

bool selector_intersect(const struct selector *a, const struct selector *b, struct selector *ret_selector)
{
    struct selector both;

    if (a->protocol && b->protocol && a->protocol != b->protocol)
        return false;
    both.protocol = a->protocol ? a->protocol : b->protocol;
    if (!range_intersect(&a->range, &b->range, &both.range) || !intersect_ports(a, b, &both))
        return false;
    *ret_selector = both;
    return true;
}

bool selector_matches(const struct selector *s, const struct address *address, uint8_t protocol, uint16_t port)
{
    if (!range_contains(&s->range, address) || (s->protocol && s->protocol != protocol))
        return false;
    if (is_any_port(s))
        return true;
    // a packet whose ports can't be seen is OPAQUE's (RFC 4301 4.4.1.1); our callers pass 0 for it
    if (is_opaque(s))
        return port == 0 && !is_icmp(protocol);
    return s->start_port <= port && port <= s->end_port;
}
