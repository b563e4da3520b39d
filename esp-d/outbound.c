#include "esp-d/outbound.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/ecn.h"
#include "esp-d/icmp.h"

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
    return out->buffer ? 0 : -ENOMEM;
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
    out->n = 0;
    out->run.n = 0;
    out->used_bytes = 0;
}

static void answer_prohibited(struct outbound *out, struct bytes packet, const struct flow *flow)
{
    uint8_t icmp[ICMP_ERROR_BYTES_MAX];
    uint32_t n;

    if (!ratelimit_take(&out->icmp_limit, out->now_ms))
        return;
    n = icmp_build_prohibited(packet, flow, icmp);
    if (n)
        out->sinks.answer(out->sinks.arg, bytes_of(icmp, n));
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
};

static enum drop choose_inside(struct outbound *out, const struct child *child, const struct segment *segment,
                               struct inside *ret_inside)
{
    *ret_inside = (struct inside){0, segment->flow->family == 4 ? IPPROTO_IPIP : IPPROTO_IPV6};
    if (segment_next_bytes(segment) > ESP_INNER_MAX_BYTES)
        return DROP_TOO_BIG;
    if (!child->transport)
        return DROP_NONE;
    if (!out->whole)
        out->whole = malloc(ESP_INNER_MAX_BYTES);
    if (!out->whole)
        return DROP_SEAL;
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
    uint8_t *to = p->esp + seal_inner_offset(&child->suite);

    p->next = inside->next;
    p->traffic_class = ecn_encapsulate(segment->flow->traffic_class);
    if (!inside->header_bytes) {
        segment_copy_next(segment, to);
    } else {
        segment_copy_next(segment, out->whole);
        memcpy(to, out->whole + inside->header_bytes, inner_bytes);
    }
    end_packet(out, p);
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
    drop = choose_inside(out, child, &segment, &inside);
    if (drop) {
        drop_add(out->drops, drop, 1);
        return;
    }
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
