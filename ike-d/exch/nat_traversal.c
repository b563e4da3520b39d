#include "ike-d/exch/nat_traversal.h"

#include "ike-d/exch/failure.h"
#include "ike-d/key/nat_detection.h"
#include "ike-d/sa/mobike.h"
#include "lib/core/log.h"

static enum udp_wish wish_of(const struct ike_core *core, const struct tunnel_config *config)
{
    switch (config->encapsulation) {
    case TUNNEL_ENCAPSULATION_FORCE:
        return UDP_FORCED;
    case TUNNEL_ENCAPSULATION_OFF:
        return UDP_REFUSED;
    default:
        return core->esp_protocol_50 ? UDP_PREFERRED : UDP_ALONE;
    }
}

void nat_traversal_decide(struct ike_sa *sa, const struct tunnel_config *config)
{
    sa->esp.wish = wish_of(sa->core, config);
    sa->esp.port_silent = sa->initiator && sa->tunnel && sa->tunnel->without_natt_port;
    if (!sa->has_keys) {
        sa->esp.told = sa->esp.wish;
    } else { // too late to make the peer believe in a NAT
        encapsulation_settle(&sa->esp);
    }
}

void nat_traversal_hear_port(struct ike_sa *sa, const struct received *request)
{
    // Whoever saw a NAT in our hash has gone to port 4500 (RFC 7296 2.23). This one has not, and won't send in UDP.
    if (request->local.port != IKE_NATT_PORT) {
        sa->esp.peer_refuses = true;
    }
}

static void tell_protocol_50(const struct ike_sa *sa)
{
    struct ike_event event = {
        .severity = IKE_EVENT_INFO,
        .kind = "encapsulation_changed",
        .tunnel = sa->tunnel->config->name,
        .message = "The peer sends ESP as IP protocol 50, although it was asked for UDP; so does this gateway now.",
    };
    log_info("encapsulation_changed", LOG_STR("tunnel", sa->tunnel->config->name), LOG_STR("to", "protocol_50"));
    ike_core_raise(sa->core, &event);
}

void nat_traversal_hear_protocol_50(struct child_sa *child)
{
    struct ike_sa *sa = child->sa;
    bool was_in_udp = sa->esp.in_udp;
    sa->esp.peer_is_bare = true;
    encapsulation_settle(&sa->esp);
    if (sa->esp.in_udp) { // a NAT, or somebody's wish
        return;
    }
    if (was_in_udp) {
        tell_protocol_50(sa);
    }
    for (const struct child_sa *each = sa->children; each; each = each->next) {
        if (each->installed && (was_in_udp || each == child)) { // that one was on its way to esp-d before
            mobike_move_child(each);
        }
    }
}

static void put_hash(struct message_writer *mw, enum notify_type type, uint8_t hash[NAT_DETECTION_BYTES],
                     enum nat_mark mark)
{
    nat_detection_mark(hash, mark);
    message_put_status(mw, type, bytes_of(hash, NAT_DETECTION_BYTES));
}

static void put_source(struct message_writer *mw, const struct ike_sa *sa, uint8_t hash[NAT_DETECTION_BYTES])
{
    const enum notify_type type = NOTIFY_NAT_DETECTION_SOURCE_IP;
    switch (sa->esp.port_silent ? UDP_REFUSED : sa->esp.wish) {
    case UDP_FORCED:
    case UDP_ALONE:
        put_hash(mw, type, hash, NAT_MARK_FORCES);
        break;
    case UDP_PREFERRED:
        put_hash(mw, type, hash, sa->esp.peer_refuses ? 0 : NAT_MARK_PREFERS);
        break;
    case UDP_REFUSED:
        put_hash(mw, type, hash, 0);
        put_hash(mw, type, hash, NAT_MARK_REFUSES);
        break;
    }
}

void nat_traversal_put(struct message_writer *mw, const struct ike_sa *sa, const struct endpoint *local,
                       const struct endpoint *remote)
{
    uint8_t hash[NAT_DETECTION_BYTES];
    if (nat_detection_hash(sa->spi_i, sa->spi_r, local, hash) == 0) {
        put_source(mw, sa, hash);
    }
    if (nat_detection_hash(sa->spi_i, sa->spi_r, remote, hash) == 0) {
        message_put_status(mw, NOTIFY_NAT_DETECTION_DESTINATION_IP, bytes_of(hash, sizeof(hash)));
    }
}

void nat_traversal_judge(struct ike_sa *sa, const struct received *received)
{
    const struct message *m = received->message;
    enum nat_detection source = nat_detection_judge(m, NOTIFY_NAT_DETECTION_SOURCE_IP, &received->remote);
    enum nat_detection destination = nat_detection_judge(m, NOTIFY_NAT_DETECTION_DESTINATION_IP, &received->local);
    bool present = source != NAT_DETECTION_ABSENT && destination != NAT_DETECTION_ABSENT;
    if (!present && m->header.exchange != EXCHANGE_IKE_SA_INIT) {
        return;
    }
    sa->esp.natt = present;
    sa->esp.remote_nat = source == NAT_DETECTION_NAT;
    sa->esp.local_nat = destination == NAT_DETECTION_NAT;
    sa->esp.peer_forces = source == NAT_DETECTION_FORCED;
    if (m->header.exchange == EXCHANGE_IKE_SA_INIT) { // else it is known, and MOBIKE does not repeat it
        sa->esp.peer_refuses = nat_detection_refuses_udp(m, &received->remote);
    }
    encapsulation_settle(&sa->esp);
}

static void say_no_protocol_50(struct tunnel_failure *failure)
{
    failure_set_cause(failure, FAILURE_CAUSE_FEATURE_MISSING);
    failure_say(failure, "encapsulation is off, but this gateway can't send ESP as IP protocol 50. Set encapsulation "
                         "of this tunnel to auto or force.");
}

static void say_in_udp(struct tunnel_failure *failure, const struct ike_sa *sa)
{
    const char *cure = "Set encapsulation of this tunnel to auto, or take the NAT away";
    enum failure_cause cause = FAILURE_CAUSE_NAT_IN_BETWEEN;
    if (sa->esp.reason == ENCAPSULATION_PEER_FORCES) {
        cure = "Set encapsulation to auto, here or at the peer";
        cause = FAILURE_CAUSE_FEATURE_MISSING;
    } else if (sa->esp.reason == ENCAPSULATION_TOLD_PEER) {
        cure = "Give tunnels with the same addresses the same encapsulation";
        cause = FAILURE_CAUSE_FEATURE_MISSING;
    }
    failure_set_cause(failure, cause);
    failure_say(failure, "encapsulation is off, but %s. %s.", encapsulation_reason_text(sa->esp.reason), cure);
}

static void say_no_natt(struct tunnel_failure *failure, const struct tunnel_config *config)
{
    failure_set_cause(failure, FAILURE_CAUSE_FEATURE_MISSING);
    failure_say(failure, "The peer does no NAT traversal, but %s. Switch NAT traversal on at the peer.",
                config->encapsulation == TUNNEL_ENCAPSULATION_FORCE ? "encapsulation is force"
                                                                    : "this gateway can send ESP in UDP alone");
}

bool nat_traversal_is_allowed(const struct ike_sa *sa, const struct tunnel_config *config,
                              struct tunnel_failure *ret_failure)
{
    bool is_off = config->encapsulation == TUNNEL_ENCAPSULATION_OFF;
    failure_init(ret_failure, "ENCAPSULATION", TUNNEL_SIDE_LOCAL);
    if (is_off && !sa->core->esp_protocol_50) {
        say_no_protocol_50(ret_failure);
    } else if (is_off && sa->esp.in_udp) {
        say_in_udp(ret_failure, sa);
    } else if ((sa->esp.wish == UDP_FORCED || sa->esp.wish == UDP_ALONE) && !sa->esp.natt) {
        say_no_natt(ret_failure, config);
    } else {
        return true;
    }
    return false;
}

void nat_traversal_warn(const struct ike_core *core)
{
    for (const struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        const struct tunnel_config *config = tunnel->config;
        if (core->esp_protocol_50 || config->encapsulation != TUNNEL_ENCAPSULATION_OFF) {
            continue;
        }
        struct ike_event event = {
            .severity = IKE_EVENT_WARNING,
            .kind = "encapsulation_impossible",
            .tunnel = config->name,
            .message = "encapsulation is off, but this gateway can't send ESP as IP protocol 50: the tunnel will not "
                       "come up. Set it to auto or force.",
        };
        log_warning("encapsulation_impossible", LOG_STR("tunnel", config->name));
        ike_core_raise(core, &event);
    }
}

void nat_traversal_follow(struct ike_sa *sa, const struct received *received)
{
    if (!ike_sa_follows_peer(sa) || ike_sa_has_mobike(sa) || endpoint_equal(&sa->remote, &received->remote)) {
        return;
    }
    char from[ENDPOINT_TEXT_MAX];
    char to[ENDPOINT_TEXT_MAX];
    log_info("peer_moved", LOG_STR("tunnel", sa->tunnel ? sa->tunnel->config->name : ""),
             LOG_STR("from", endpoint_format(&sa->remote, from, sizeof(from))),
             LOG_STR("to", endpoint_format(&received->remote, to, sizeof(to))));
    sa->local = received->local;
    sa->remote = received->remote;
}
