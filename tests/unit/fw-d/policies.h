// Policies and flows for tests, from text or at random.
#ifndef BULKHEAD_TESTS_POLICIES_H
#define BULKHEAD_TESTS_POLICIES_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/policy.h"

// "10.1.0.0/24 10.2.0.0/24 tcp 80 -": both sides, protocol, local and remote ports; "-" is any.
static inline struct policy policy_of(enum policy_action action, const char *text)
{
    char local[64] = "", remote[64] = "", protocol[16] = "", ports[2][16] = {"-", "-"};
    struct policy p = {.action = action};
    const char *error = "";

    ck_assert_int_ge(sscanf(text, "%63s %63s %15s %15s %15s", local, remote, protocol, ports[0], ports[1]), 2);
    ck_assert_msg(selector_parse(local, protocol, ports[0][0] == '-' ? "" : ports[0], &p.local, &error) == 0, "%s",
                  error);
    ck_assert_msg(selector_parse(remote, protocol, ports[1][0] == '-' ? "" : ports[1], &p.remote, &error) == 0, "%s",
                  error);
    return p;
}

static inline struct flow flow_of(const char *local, const char *remote, uint8_t protocol, uint16_t local_port,
                                  uint16_t remote_port)
{
    struct flow flow = {.protocol = protocol, .local_port = local_port, .remote_port = remote_port};

    ck_assert_int_eq(address_parse(local, &flow.local), 0);
    ck_assert_int_eq(address_parse(remote, &flow.remote), 0);
    return flow;
}

// A small world, so that policies overlap a lot: 16 addresses a side and family, 8 ports, 4 protocols.
static inline struct address random_address(unsigned *seed, uint8_t family)
{
    struct address a = {.family = family};

    a.b[0] = family == 4 ? 10 : 0xfd;
    a.b[address_size(&a) - 1] = (uint8_t)(rand_r(seed) % 16);
    return a;
}

static inline uint8_t random_protocol(unsigned *seed)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_GRE};

    return protocols[rand_r(seed) % 4];
}

// A prefix of 1, 2, 4, 8 or 16 addresses.
static inline struct range random_prefix(unsigned *seed, uint8_t family)
{
    struct range r = {.start = random_address(seed, family)};
    uint8_t *last = &r.start.b[address_size(&r.start) - 1], host = (uint8_t)((1 << rand_r(seed) % 5) - 1);

    *last &= (uint8_t)~host;
    r.end = r.start;
    r.end.b[address_size(&r.start) - 1] |= host;
    return r;
}

static inline struct range random_range(unsigned *seed, uint8_t family)
{
    struct range r = {.start = random_address(seed, family), .end = random_address(seed, family)};

    if (rand_r(seed) % 8 == 0)
        return range_all(family);
    if (rand_r(seed) % 2)
        return random_prefix(seed, family);
    if (address_compare(&r.start, &r.end) > 0)
        return (struct range){.start = r.end, .end = r.start};
    return r;
}

static inline void random_ports(unsigned *seed, struct selector *s)
{
    s->end_port = UINT16_MAX;
    if (protocol_is_icmp(s->protocol) && rand_r(seed) % 2) {
        s->start_port = (uint16_t)(rand_r(seed) % 4 << 8);
        s->end_port = s->start_port | UINT8_MAX;
        return;
    }
    if (!protocol_has_ports(s->protocol) || rand_r(seed) % 2)
        return;
    s->start_port = (uint16_t)(rand_r(seed) % 8);
    s->end_port = (uint16_t)(s->start_port + rand_r(seed) % 4);
}

static inline struct policy random_policy(unsigned *seed)
{
    uint8_t family = rand_r(seed) % 4 ? 4 : 6;
    struct policy p = {.action = (enum policy_action)(1 + rand_r(seed) % 3)};

    p.local.range = random_range(seed, family);
    p.remote.range = random_range(seed, family);
    p.local.protocol = p.remote.protocol = rand_r(seed) % 2 ? 0 : random_protocol(seed);
    random_ports(seed, &p.local);
    random_ports(seed, &p.remote);
    if (protocol_is_icmp(p.local.protocol)) { // one type of both sides
        p.remote.start_port = p.local.start_port;
        p.remote.end_port = p.local.end_port;
    }
    return p;
}

static inline struct flow random_flow(unsigned *seed)
{
    uint8_t family = rand_r(seed) % 4 ? 4 : 6;
    struct flow flow = {.local = random_address(seed, family),
                        .remote = random_address(seed, family),
                        .protocol = random_protocol(seed)};

    if (protocol_has_ports(flow.protocol)) {
        flow.local_port = (uint16_t)(rand_r(seed) % 12);
        flow.remote_port = (uint16_t)(rand_r(seed) % 12);
    } else if (protocol_is_icmp(flow.protocol)) {
        flow.local_port = flow.remote_port = (uint16_t)(rand_r(seed) % 6 << 8);
    }
    return flow;
}

#endif
