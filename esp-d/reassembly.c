#include "esp-d/reassembly.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/checksum.h"
#include "esp-d/esp_limits.h"

#define IPV4_HEADER_BYTES     20u
#define IPV6_HEADER_BYTES     40u
#define FRAGMENT_HEADER_BYTES 8u
#define DATAGRAM_MAX          (IPV6_HEADER_BYTES + 65535u)

int reassembly_init(struct reassembly *r)
{
    *r = (struct reassembly){.room = malloc((size_t)REASSEMBLY_DATAGRAMS * DATAGRAM_MAX)};
    for (unsigned i = 0; i < REASSEMBLY_DATAGRAMS && r->room; i++)
        r->datagram[i].p = r->room + (size_t)i * DATAGRAM_MAX;
    return r->room ? 0 : -ENOMEM;
}

void reassembly_done(struct reassembly *r)
{
    free(r->room);
    r->room = NULL;
}

static uint32_t header_of(uint8_t family)
{
    return family == 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

// IPv4 without options, IPv6 with nothing before the fragment header: what transport mode takes anyway.
static bool is_plain(const uint8_t *packet, uint8_t family)
{
    return family == 4 ? packet[0] == 0x45 : packet[6] == IPPROTO_FRAGMENT;
}

static struct reassembly_datagram *find(struct reassembly *r, const struct flow *flow, uint64_t now_ms)
{
    for (unsigned i = 0; i < REASSEMBLY_DATAGRAMS; i++) {
        struct reassembly_datagram *d = &r->datagram[i];

        if (d->until_ms > now_ms && d->first.family == flow->family && d->first.fragment_id == flow->fragment_id &&
            d->first.source == flow->source && d->first.destination == flow->destination &&
            (flow->family == 6 || d->first.protocol == flow->protocol))
            return d;
    }
    return NULL;
}

// The place of the one that was begun longest ago.
static struct reassembly_datagram *begin(struct reassembly *r, const uint8_t *packet, const struct flow *flow)
{
    struct reassembly_datagram *d = &r->datagram[r->next++ % REASSEMBLY_DATAGRAMS];

    d->until_ms = 0;
    d->first = *flow;
    d->n = header_of(flow->family);
    memcpy(d->p, packet, d->n);
    if (flow->family == 6)
        d->p[6] = packet[IPV6_HEADER_BYTES]; // what the fragment header says is next
    return d;
}

static bool append(struct reassembly_datagram *d, struct bytes data, const struct flow *flow)
{
    uint32_t header = header_of(flow->family), max = flow->family == 4 ? 65535u : DATAGRAM_MAX;

    if (flow->fragment_offset != d->n - header || data.n > max - d->n || (flow->more_fragments && data.n % 8))
        return false;
    memcpy(d->p + d->n, data.p, data.n);
    d->n += (uint32_t)data.n;
    return true;
}

static void store_u16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static struct bytes finish(struct reassembly_datagram *d)
{
    d->until_ms = 0;
    if (d->first.family == 6) {
        store_u16(d->p + 4, d->n - IPV6_HEADER_BYTES);
        return bytes_of(d->p, d->n);
    }
    store_u16(d->p + 2, d->n);
    store_u16(d->p + 6, 0);
    store_u16(d->p + 10, 0);
    checksum_store(d->p + 10, checksum_fold(checksum_sum(d->p, IPV4_HEADER_BYTES)));
    return bytes_of(d->p, d->n);
}

bool reassembly_add(struct reassembly *r, struct bytes fragment, const struct flow *flow, uint64_t now_ms,
                    struct bytes *ret_packet, bool *ret_lost)
{
    uint32_t start = flow->family == 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES + FRAGMENT_HEADER_BYTES;
    struct reassembly_datagram *d = NULL;

    *ret_lost = true;
    if (!is_plain(fragment.p, flow->family) || flow->total_bytes < start)
        return false;
    d = flow->later_fragment ? find(r, flow, now_ms) : begin(r, fragment.p, flow);
    if (!d)
        return false;
    if (!append(d, bytes_of(fragment.p + start, flow->total_bytes - start), flow)) {
        d->until_ms = 0;
        return false;
    }
    *ret_lost = false;
    d->until_ms = now_ms + ESP_FRAGMENT_MS;
    if (flow->more_fragments)
        return false;
    *ret_packet = finish(d);
    return true;
}
