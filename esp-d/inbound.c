#include "esp-d/inbound.h"

#include <string.h>

int inbound_init(struct inbound *in, const struct inbound_sinks *sinks, struct crypt *crypt, const struct database *db,
                 struct drop_counters *drops)
{
    memset(in, 0, sizeof(*in));
    in->sinks = *sinks;
    in->db = db;
    in->drops = drops;
    ike_intake_init(&in->intake);
    return opener_init(&in->opener, crypt, db);
}

void inbound_done(struct inbound *in)
{
    opener_done(&in->opener);
}

// Where it comes from is told to ike-d, by one worker, and not all the time.
static void tell_remote(struct inbound *in, const struct open_packet *p, uint32_t interval_ms)
{
    struct sa_in *sa = &p->child->in;
    uint64_t reported = atomic_load_explicit(&sa->address_change_ms, memory_order_relaxed), before = reported;

    if (reported && in->now_ms < reported + interval_ms)
        return;
    if (atomic_compare_exchange_strong_explicit(&sa->address_change_ms, &reported, in->now_ms, memory_order_relaxed,
                                                memory_order_relaxed) &&
        !in->sinks.address_change(in->sinks.arg, p->child, p->remote))
        atomic_store_explicit(&sa->address_change_ms, before, memory_order_relaxed);
}

static void follow_remote(struct inbound *in, const struct open_packet *p)
{
    struct sa_in *sa = &p->child->in;
    const struct path *path;

    // Of a burst with packets from two places, the last of the newest counts.
    if (!atomic_load_explicit(&sa->follow_remote, memory_order_relaxed) || p->sequence != replay_top(&sa->replay))
        return;
    path = atomic_load_explicit(&p->child->out.path, memory_order_acquire);
    if (!p->remote->port || endpoint_equal(&path->remote, p->remote)) // protocol 50 passes no NAT that could move it
        return;
    tell_remote(in, p, ESP_ADDRESS_CHANGE_INTERVAL_MS);
}

// A peer that sends IP protocol 50 and nothing else may not take what this SA sends in UDP: ike-d hears of it, and
// knows whether a NAT leaves the choice.
static void hear_encapsulation(struct inbound *in, const struct open_packet *p)
{
    struct sa_in *sa = &p->child->in;
    const struct path *path;

    if (atomic_load_explicit(&sa->heard_in_udp, memory_order_relaxed))
        return;
    if (p->remote->port) {
        atomic_store_explicit(&sa->heard_in_udp, true, memory_order_relaxed);
        return;
    }
    path = atomic_load_explicit(&p->child->out.path, memory_order_acquire);
    if (path->encapsulation == PATH_IN_UDP && address_equal(&path->remote.address, &p->remote->address))
        tell_remote(in, p, ESP_BARE_INTERVAL_MS);
}

// What a packet tells about its SA.
static void finish_packet(struct inbound *in, const struct open_packet *p)
{
    if (p->drop)
        drop_add(in->drops, p->drop, 1);
    if (p->is_authentic)
        atomic_store_explicit(&p->child->in.last_ms, in->now_ms, memory_order_relaxed);
    if (p->newest) {
        follow_remote(in, p);
        hear_encapsulation(in, p);
    }
    if (p->child && p->child->is_limited && (!p->drop || p->drop == DROP_LIFETIME_IN))
        expire_check(p->child, CIPHER_OPEN, p->drop == DROP_LIFETIME_IN, in->sinks.expire, in->sinks.arg);
}

void inbound_flush(struct inbound *in)
{
    if (!in->n)
        return;
    in->opener.now_ms = in->now_ms;
    open_burst(&in->opener, in->packet, in->n);
    for (unsigned i = 0; i < in->n; i++)
        finish_packet(in, &in->packet[i]);
    batch_count(&in->receives, 0, in->n);
    in->sinks.deliver(in->sinks.arg, in->packet, in->n);
    in->n = 0;
}

static enum drop take_ike(struct inbound *in, const struct inbound_datagram *from, struct bytes message)
{
    enum drop drop = ike_intake_admit(&in->intake, &in->db->peers, &from->remote, message.n, in->now_ms);

    if (drop)
        return drop;
    return in->sinks.ike(in->sinks.arg, from, message) ? DROP_NONE : DROP_IKE_QUEUE;
}

static void take_esp(struct inbound *in, const struct inbound_datagram *from, const struct datagram_segment *s)
{
    if (in->n == ESP_BURST_PKTS)
        inbound_flush(in);
    in->packet[in->n++] = (struct open_packet){.esp = s->p,
                                               .esp_bytes = s->n,
                                               .traffic_class = from->traffic_class,
                                               .remote = &from->remote,
                                               .local = &from->local};
}

static enum drop take_segment(struct inbound *in, const struct inbound_datagram *from, const struct datagram_segment *s)
{
    if (s->drop)
        return s->drop;
    if (s->is_ike)
        return take_ike(in, from, bytes_of(s->p, s->n));
    take_esp(in, from, s);
    return DROP_NONE;
}

static void count(struct inbound *in, enum drop drop)
{
    if (drop)
        drop_add(in->drops, drop, 1);
}

void inbound_push(struct inbound *in, const struct inbound_datagram *d)
{
    enum drop drop = datagram_check(d);
    struct datagram_segment segment;

    batch_count(&in->receives, 1, 0);
    count(in, drop);
    for (uint32_t at = 0; !drop && datagram_next(d, &at, &segment);)
        count(in, take_segment(in, d, &segment));
}
