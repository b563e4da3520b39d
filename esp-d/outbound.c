#include "esp-d/outbound.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/ecn.h"
#include "esp-d/icmp.h"
#include "esp-d/inner_fragment.h"
#include "esp-d/mss.h"
#include "esp-d/mtu.h"
#include "esp-d/probe.h"

int outbound_init(struct outbound *out, const struct outbound_sinks *sinks, struct crypt *crypt,
                  const struct database *db, struct drop_counters *drops)
{
    memset(out, 0, sizeof(*out));
    out->sinks = *sinks;
    out->crypt = crypt;
    out->db = db;
    out->drops = drops;
    ratelimit_init(&out->icmp_limit, ESP_ICMP_ERRORS_PER_S, ESP_ICMP_ERRORS_BURST, 0);
    out->buffer = malloc(ESP_OUT_BUFFER_BYTES);
    out->whole = malloc(ESP_INNER_MAX_BYTES);
    return out->buffer && out->whole ? reassembly_init(&out->reassembly) : -ENOMEM;
}

void outbound_done(struct outbound *out)
{
    free(out->buffer);
    free(out->whole);
    reassembly_done(&out->reassembly);
    out->buffer = out->whole = NULL;
}

static unsigned run_of(const struct seal_packet *p, unsigned n)
{
    unsigned run = 1;

    while (run < n && p[run].child == p[0].child)
        run++;
    return run;
}

static void check_sequence(struct outbound *out, struct child *child, bool exhausted)
{
    struct lifetime_end end = {LIFETIME_SEQUENCE, exhausted};

    if (exhausted || atomic_load_explicit(&child->out.next_sequence, memory_order_relaxed) > child->out.soft_sequence)
        expire_tell(child, &end, out->sinks.expire, out->sinks.arg);
}

// Packets of one SA that were sealed together.
static void finish_run(struct outbound *out, const struct seal_packet *p, unsigned n)
{
    struct child *child = p[0].child;
    bool exhausted = false, refused = false;

    for (unsigned i = 0; i < n; i++) {
        if (!p[i].drop)
            continue;
        drop_add(out->drops, p[i].drop, 1);
        exhausted = exhausted || p[i].drop == DROP_SEQUENCE_EXHAUSTED;
        refused = refused || p[i].drop == DROP_LIFETIME_OUT;
    }
    if (!p[0].drop)
        atomic_store_explicit(&child->out.last_ms, out->now_ms, memory_order_relaxed);
    check_sequence(out, child, exhausted);
    if (child->is_limited)
        expire_check(child, CIPHER_SEAL, refused, out->sinks.expire, out->sinks.arg);
}

void outbound_flush(struct outbound *out)
{
    if (!out->n)
        return;
    batch_count(&out->reads, 0, out->n);
    seal_burst(out->crypt, out->packet, out->n);
    for (unsigned i = 0, run; i < out->n; i += run) {
        run = run_of(&out->packet[i], out->n - i);
        finish_run(out, &out->packet[i], run);
    }
    out->sinks.send(out->sinks.arg, out->packet, out->n);
    if (atomic_load_explicit(&out->packet[0].child->out.wants_probe, memory_order_relaxed))
        probe_path(out, out->packet[0].child);
    out->n = 0;
    out->run.n = 0;
    out->used_bytes = 0;
}

// An ICMP error to the sender: prohibited, or with the size that fits.
static void answer(struct outbound *out, struct bytes packet, const struct flow *flow, uint32_t fits_bytes)
{
    uint8_t icmp[ICMP_ERROR_BYTES_MAX];
    uint32_t n;

    if (!ratelimit_take(&out->icmp_limit, out->now_ms))
        return;
    n = fits_bytes ? icmp_build_too_big(packet, flow, fits_bytes, icmp) : icmp_build_prohibited(packet, flow, icmp);
    if (n)
        out->sinks.answer(out->sinks.arg, bytes_of(icmp, n));
}

static void answer_prohibited(struct outbound *out, struct bytes packet, const struct flow *flow)
{
    answer(out, packet, flow, 0);
}

// One worker asks. Others' clocks may be a little ahead.
static void acquire(struct outbound *out, struct policy *policy, const struct flow *flow)
{
    uint64_t acquired = atomic_load_explicit(&policy->acquire_ms, memory_order_relaxed), before = acquired;

    if (acquired && out->now_ms < acquired + ESP_ACQUIRE_INTERVAL_MS)
        return;
    if (atomic_compare_exchange_strong_explicit(&policy->acquire_ms, &acquired, out->now_ms, memory_order_relaxed,
                                                memory_order_relaxed) &&
        !out->sinks.acquire(out->sinks.arg, policy, flow))
        atomic_store_explicit(&policy->acquire_ms, before, memory_order_relaxed);
}

// A policy without an SA: ike-d is asked; after a while of that the sender hears of it.
static void wait_for_sa(struct outbound *out, struct policy *policy, struct bytes packet, const struct flow *flow)
{
    uint64_t now = out->now_ms;
    uint64_t waiting = atomic_load_explicit(&policy->waiting_ms, memory_order_relaxed);

    drop_add(out->drops, DROP_NO_SA, 1);
    if (!waiting)
        atomic_store_explicit(&policy->waiting_ms, now, memory_order_relaxed);
    acquire(out, policy, flow);
    if (waiting && now >= waiting + ESP_ACQUIRE_GRACE_MS)
        answer_prohibited(out, packet, flow);
}

// The SA for a packet; NULL when it is dropped, which then is counted and answered.
static struct child *select_child(struct outbound *out, struct bytes packet, const struct flow *flow)
{
    const struct spd *spd = atomic_load_explicit(&out->db->spd, memory_order_acquire);
    struct policy *policy = spd_cache_find(&out->cache, spd, flow, FILTER_OUTBOUND);
    struct child *child;

    if (!policy || policy->action != POLICY_PROTECT) {
        drop_add(out->drops,
                 !policy                            ? DROP_NO_POLICY
                 : policy->action == POLICY_DISCARD ? DROP_POLICY_DISCARD
                                                    : DROP_POLICY_BYPASS,
                 1);
        answer_prohibited(out, packet, flow);
        return NULL;
    }
    child = tunnel_select(policy->tunnel, flow);
    if (!child)
        wait_for_sa(out, policy, packet, flow);
    else if (atomic_load_explicit(&policy->waiting_ms, memory_order_relaxed))
        atomic_store_explicit(&policy->waiting_ms, 0, memory_order_relaxed);
    return child;
}

// One packet of the TUN, and what was read of it.
struct outbound_packet {
    struct bytes bytes;
    struct flow flow;
};

// What goes into ESP of each packet: all of it, or what follows its header.
struct inside {
    uint32_t header_bytes; // left away
    uint8_t next;
    uint32_t mss_packet_bytes; // what TCP is told that fits; 0: it does not ask
};

static enum drop choose_inside(const struct child *child, const struct segment *segment, struct inside *ret_inside)
{
    *ret_inside = (struct inside){.next = segment->flow->family == 4 ? IPPROTO_IPIP : IPPROTO_IPV6};
    if (segment_next_bytes(segment) > ESP_INNER_MAX_BYTES)
        return DROP_TOO_BIG;
    if (!child->transport)
        return DROP_NONE;
    return transport_split(segment->packet, segment->flow, &ret_inside->header_bytes, &ret_inside->next);
}

static struct seal_packet *add_packet(struct outbound *out, struct child *child, uint32_t inner_bytes)
{
    uint32_t esp_bytes = seal_bytes(&child->suite, inner_bytes);
    struct seal_packet *p;

    if (out->n == ESP_BURST_PKTS || out->used_bytes + esp_bytes > ESP_OUT_BUFFER_BYTES)
        outbound_flush(out);
    p = &out->packet[out->n++];
    *p = (struct seal_packet){
        .child = child, .esp = out->buffer + out->used_bytes, .inner_bytes = inner_bytes, .esp_bytes = esp_bytes};
    out->used_bytes += esp_bytes;
    return p;
}

// A run that can't grow leaves at once: so sends are full, however many reads their packets come from.
static void end_packet(struct outbound *out, const struct seal_packet *p)
{
    if (!send_run_add(&out->run, p))
        out->run = send_run_of(p);
    if (send_run_is_full(&out->run))
        outbound_flush(out);
}

static void push_segment(struct outbound *out, struct child *child, struct segment *segment,
                         const struct inside *inside)
{
    uint32_t bytes = segment_next_bytes(segment), inner_bytes = bytes - inside->header_bytes;
    struct seal_packet *p = add_packet(out, child, inner_bytes);
    uint8_t *inner = p->esp + seal_inner_offset(&child->suite);
    uint8_t *to = inside->header_bytes ? out->whole : inner;

    p->next = inside->next;
    p->traffic_class = ecn_encapsulate(segment->flow->traffic_class, child->out.dscp);
    segment_copy_next(segment, to);
    if (inside->mss_packet_bytes)
        mss_lower(to, segment->flow, inside->mss_packet_bytes);
    if (inside->header_bytes)
        memcpy(inner, out->whole + inside->header_bytes, inner_bytes);
    end_packet(out, p);
}

// Each segment in fragments that fit.
static void push_cut(struct outbound *out, struct child *child, struct segment *segment, uint32_t max_bytes)
{
    struct inner_fragment fragment;
    struct flow flow = *segment->flow;

    while ((flow.total_bytes = segment_next_bytes(segment))) {
        segment_copy_next(segment, out->whole);
        if (inner_fragment_start(out->whole, &flow, max_bytes, &fragment)) {
            drop_add(out->drops, DROP_TOO_BIG, 1);
            continue;
        }
        for (uint32_t n; (n = inner_fragment_next_bytes(&fragment));) {
            struct seal_packet *p = add_packet(out, child, n);

            p->next = IPPROTO_IPIP;
            p->traffic_class = ecn_encapsulate(flow.traffic_class, child->out.dscp);
            inner_fragment_copy_next(&fragment, p->esp + seal_inner_offset(&child->suite));
            end_packet(out, p);
        }
    }
}

static void answer_too_big(struct outbound *out, const struct outbound_packet *packet, uint32_t max_bytes)
{
    drop_add(out->drops, DROP_TOO_BIG, 1);
    answer(out, packet->bytes, &packet->flow, max_bytes);
}

// Does what the segments carry fit the outer path? If not, they are cut here, or their sender is told. True: they were
// dealt with. Transport mode has to send datagrams as they are (RFC 4303 3.1.1): the outer ones are cut.
static bool meet_mtu(struct outbound *out, struct child *child, struct segment *segment,
                     const struct outbound_packet *packet)
{
    const struct path *path = atomic_load_explicit(&child->out.path, memory_order_acquire);
    uint32_t max_bytes = mtu_inner_bytes(child, path);

    if (packet->flow.family == 6 && max_bytes < MTU_INNER_IPV6_MIN)
        max_bytes = MTU_INNER_IPV6_MIN;
    if (segment_next_bytes(segment) <= max_bytes || child->transport)
        return false;
    if (packet->flow.dont_fragment)
        answer_too_big(out, packet, max_bytes);
    else
        push_cut(out, child, segment, max_bytes);
    return true;
}

static void push_whole(struct outbound *out, struct child *child, const struct segment_vnet *vnet,
                       const struct outbound_packet *packet)
{
    struct segment segment;
    struct inside inside;
    enum drop drop;

    if (segment_start(vnet, packet->bytes.p, &packet->flow, &segment)) {
        drop_add(out->drops, DROP_CLEAR_MALFORMED, 1);
        return;
    }
    drop = choose_inside(child, &segment, &inside);
    if (drop) {
        drop_add(out->drops, drop, 1);
        return;
    }
    if (meet_mtu(out, child, &segment, packet))
        return;
    if (mss_is_named(packet->bytes.p, &packet->flow))
        inside.mss_packet_bytes = mtu_inner_bytes(child, atomic_load_explicit(&child->out.path, memory_order_acquire));
    while (segment_next_bytes(&segment))
        push_segment(out, child, &segment, &inside);
}

// Transport mode takes whole datagrams alone (RFC 4303 3.1.1).
static void push_fragment(struct outbound *out, struct child *child, const struct outbound_packet *fragment)
{
    const struct segment_vnet none = {0};
    struct outbound_packet whole;
    bool lost;

    if (!reassembly_add(&out->reassembly, fragment->bytes, &fragment->flow, out->now_ms, &whole.bytes, &lost)) {
        if (lost)
            drop_add(out->drops, DROP_TRANSPORT_FRAGMENT, 1);
        return;
    }
    if (flow_parse(whole.bytes, &whole.flow))
        drop_add(out->drops, DROP_CLEAR_MALFORMED, 1);
    else
        push_whole(out, child, &none, &whole);
}

void outbound_push(struct outbound *out, struct bytes frame)
{
    struct outbound_packet packet;
    struct segment_vnet vnet;
    struct child *child;

    batch_count(&out->reads, 1, 0);
    if (segment_vnet_parse(frame, &vnet)) {
        drop_add(out->drops, DROP_CLEAR_MALFORMED, 1);
        return;
    }
    packet.bytes = bytes_of(frame.p + SEGMENT_VNET_BYTES, frame.n - SEGMENT_VNET_BYTES);
    if (flow_parse(packet.bytes, &packet.flow)) {
        drop_add(out->drops, DROP_CLEAR_MALFORMED, 1);
        return;
    }
    if (packet.flow.fragment) {
        fragment_resolve(&out->fragments, &packet.flow, out->now_ms);
        fragment_remember(&out->fragments, &packet.flow, out->now_ms);
    }
    child = select_child(out, packet.bytes, &packet.flow);
    if (child && child->transport && packet.flow.fragment)
        push_fragment(out, child, &packet);
    else if (child)
        push_whole(out, child, &vnet, &packet);
}
