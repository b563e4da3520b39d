#include "esp-d/open.h"

#include <arpa/inet.h>
#include <string.h>

#include "esp-d/ecn.h"
#include "esp-d/esp_limits.h"
#include "esp-d/mss.h"
#include "esp-d/mtu.h"

static uint32_t load_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return ntohl(v);
}

// RFC 4303 2.4: at least pad length and next header, in whole blocks.
static bool has_valid_length(const struct open_packet *p)
{
    const struct cipher_suite *suite = &p->child->suite;
    uint32_t around = CIPHER_HEADER_BYTES + suite->iv_bytes + suite->icv_bytes;

    return p->esp_bytes >= around + suite->align_bytes && (p->esp_bytes - around) % suite->align_bytes == 0;
}

static bool read_sequence(struct open_packet *p)
{
    uint32_t low = load_u32(p->esp + 4);

    p->sequence = low;
    return !p->child->suite.esn || replay_extend(&p->child->in.replay, low, &p->sequence);
}

static enum drop find_sa(const struct sad *sad, struct open_packet *p)
{
    if (p->esp_bytes < CIPHER_HEADER_BYTES)
        return DROP_RUNT;
    p->child = sad_find(sad, load_u32(p->esp));
    if (!p->child)
        return DROP_UNKNOWN_SPI;
    if (!has_valid_length(p))
        return DROP_LENGTH;
    if (atomic_load_explicit(&p->child->in.ended, memory_order_relaxed))
        return DROP_LIFETIME_IN;
    if (!read_sequence(p) || !replay_check(&p->child->in.replay, p->sequence)) {
        child_count(&p->child->in.replay_drops, 1);
        return DROP_REPLAY;
    }
    return DROP_NONE;
}

static enum drop check_opened(struct opener *o, struct open_packet *p, const struct cipher_op *op)
{
    struct sa_in *in = &p->child->in;

    if (op->ok) {
        resync_rest(p->child);
    } else if (!resync_try(&o->resync, o->crypt, p->child, op, &p->sequence)) {
        child_count(&in->integrity_drops, 1);
        return DROP_INTEGRITY;
    }
    if (!replay_update(&in->replay, p->sequence, &p->newest)) {
        child_count(&in->replay_drops, 1);
        return DROP_REPLAY;
    }
    p->is_authentic = true;
    return DROP_NONE;
}

static void decrypt(struct opener *o, struct open_packet *packets, unsigned n)
{
    struct cipher_op ops[ESP_BURST_PKTS];
    unsigned ops_n = 0;

    o->resync.packet = NULL;
    for (unsigned i = 0; i < n; i++) {
        if (packets[i].drop)
            continue;
        ops[ops_n++] = (struct cipher_op){.key = packets[i].child->in.key,
                                          .packet = packets[i].esp,
                                          .bytes = packets[i].esp_bytes,
                                          .sequence_high = (uint32_t)(packets[i].sequence >> 32)};
        resync_keep(&o->resync, packets[i].child, packets[i].esp, packets[i].esp_bytes);
    }
    crypt_open(o->crypt, ops, ops_n);
    for (unsigned i = 0, k = 0; i < n; i++) {
        if (!packets[i].drop)
            packets[i].drop = check_opened(o, &packets[i], &ops[k++]);
    }
}

static bool is_padding(const uint8_t *pad, uint8_t n)
{
    for (uint8_t i = 0; i < n; i++) {
        if (pad[i] != i + 1)
            return false;
    }
    return true;
}

// RFC 4303 2.4-2.6.
static enum drop strip_trailer(struct open_packet *p, uint32_t *ret_inner_bytes, uint8_t *ret_next)
{
    const struct cipher_suite *suite = &p->child->suite;
    uint32_t start = CIPHER_HEADER_BYTES + suite->iv_bytes;
    uint32_t n = p->esp_bytes - start - suite->icv_bytes;
    const uint8_t *clear = p->esp + start;
    uint8_t pad_bytes = clear[n - 2];

    if (pad_bytes + 2u > n || !is_padding(clear + n - 2 - pad_bytes, pad_bytes))
        return DROP_PADDING;
    p->inner = p->esp + start;
    *ret_inner_bytes = n - 2 - pad_bytes;
    *ret_next = clear[n - 1];
    return DROP_NONE;
}

// One side's selectors of an SA stand for any of the other's (RFC 7296 2.9), but a policy names pairs: this very pair
// must be its tunnel's (RFC 4301 5.2).
static bool is_allowed(struct opener *o, const struct open_packet *p)
{
    const struct spd *spd = atomic_load_explicit(&o->db->spd, memory_order_acquire);
    const struct policy *policy;

    if (o->allowed && o->allowed->child == p->child && flow_is_alike(&o->allowed->flow, &p->flow))
        return true;
    if (!filter_pair_matches(p->child->filters, &p->flow, FILTER_INBOUND))
        return false;
    policy = spd_cache_find(&o->cache, spd, &p->flow, FILTER_INBOUND);
    if (!policy || policy->action != POLICY_PROTECT || policy->tunnel != p->child->tunnel)
        return false;
    o->allowed = p;
    return true;
}

// Where there is a limit each packet has to ask; the others are counted together, since other workers count too.
static enum drop count_limited(const struct open_packet *p)
{
    return !p->child->is_limited || child_carry(p->child, CIPHER_OPEN, p->flow.total_bytes, 1) ? DROP_NONE
                                                                                               : DROP_LIFETIME_IN;
}

static void count_unlimited(const struct open_packet *packets, unsigned n)
{
    for (unsigned i = 0; i < n;) {
        struct child *child = packets[i].child;
        uint64_t bytes = 0, carried = 0;

        for (; i < n && packets[i].child == child; i++) {
            if (packets[i].drop)
                continue;
            carried++;
            bytes += packets[i].flow.total_bytes;
        }
        if (carried && !child->is_limited)
            child_carry(child, CIPHER_OPEN, bytes, carried);
    }
}

// RFC 4303 2.6: the whole packet is inside.
static enum drop take_tunnel(struct open_packet *p, uint32_t inner_bytes, uint8_t next)
{
    if (next != IPPROTO_IPIP && next != IPPROTO_IPV6)
        return DROP_NEXT_HEADER;
    if (flow_parse(bytes_of(p->inner, inner_bytes), &p->flow) || (p->flow.family == 4) != (next == IPPROTO_IPIP))
        return DROP_INNER_MALFORMED;
    return DROP_NONE;
}

static enum drop take_transport(struct opener *o, struct open_packet *p, uint32_t inner_bytes, uint8_t next)
{
    struct transport_payload payload = {.bytes = bytes_of(p->inner, inner_bytes),
                                        .next = next,
                                        .traffic_class = p->traffic_class,
                                        .local = &p->local->address,
                                        .remote = &p->remote->address,
                                        .origin = p->child->origin};
    enum drop drop = transport_rebuild(&o->room, &payload, &p->inner, &inner_bytes);

    if (drop)
        return drop;
    p->is_rebuilt = true;
    // A fragment inside would be one that was made before ESP.
    return flow_parse(bytes_of(p->inner, inner_bytes), &p->flow) || p->flow.fragment ? DROP_INNER_MALFORMED : DROP_NONE;
}

static enum drop check_inner(struct opener *o, struct open_packet *p)
{
    uint32_t inner_bytes;
    uint8_t next;
    enum drop drop = strip_trailer(p, &inner_bytes, &next);

    if (drop)
        return drop;
    if (next == IPPROTO_NONE) // RFC 4303 2.6: a dummy packet
        return DROP_DUMMY;
    drop = p->child->transport ? take_transport(o, p, inner_bytes, next) : take_tunnel(p, inner_bytes, next);
    if (drop)
        return drop;
    fragment_resolve(o->db->fragments, &p->flow, o->now_ms);
    if (!is_allowed(o, p)) {
        child_count(&p->child->in.selector_drops, 1);
        return DROP_SELECTOR_IN;
    }
    fragment_remember(o->db->fragments, &p->flow, o->now_ms);
    if (mss_is_named(p->inner, &p->flow)) // the answers come back through this pair of SAs
        mss_lower(p->inner, &p->flow,
                  mtu_inner_bytes(p->child, atomic_load_explicit(&p->child->out.path, memory_order_acquire)));
    if (!p->child->transport && !ecn_decapsulate(p->traffic_class, p->inner))
        return DROP_ECN;
    return count_limited(p);
}

int opener_init(struct opener *opener, struct crypt *crypt, const struct database *db)
{
    memset(opener, 0, sizeof(*opener));
    opener->crypt = crypt;
    opener->db = db;
    return transport_room_init(&opener->room);
}

void opener_done(struct opener *opener)
{
    transport_room_done(&opener->room);
}

void open_burst(struct opener *o, struct open_packet *packets, unsigned n)
{
    transport_room_empty(&o->room);
    o->allowed = NULL;
    for (unsigned i = 0; i < n; i++) {
        packets[i].newest = packets[i].is_authentic = packets[i].is_rebuilt = false;
        packets[i].child = NULL;
        packets[i].drop = find_sa(&o->db->sad, &packets[i]);
    }
    decrypt(o, packets, n);
    for (unsigned i = 0; i < n; i++) {
        if (!packets[i].drop)
            packets[i].drop = check_inner(o, &packets[i]);
    }
    count_unlimited(packets, n);
}
