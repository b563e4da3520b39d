#include "ike-d/exch/nat_traversal.h"

#include "ike-d/exch/failure.h"
#include "ike-d/key/nat_detection.h"
#include "lib/core/log.h"

void nat_traversal_decide(struct ike_sa *sa, const struct tunnel_config *config)
{
    bool forced = config->encapsulation == TUNNEL_ENCAPSULATION_FORCE ||
                  (config->encapsulation == TUNNEL_ENCAPSULATION_AUTO && !sa->core->esp_protocol_50);
    if (!sa->has_keys) {
        sa->forces_udp = forced;
    } else if (sa->natt && forced) { // too late to make the peer believe in a NAT, but it must take ESP in UDP
        sa->in_udp = true;
    }
}

static void put_hash(struct message_writer *mw, const struct ike_sa *sa, enum notify_type type,
                     const struct endpoint *endpoint)
{
    bool is_true = type == NOTIFY_NAT_DETECTION_DESTINATION_IP || !sa->forces_udp;
    uint8_t hash[NAT_DETECTION_BYTES];
    if (nat_detection_hash(sa->spi_i, sa->spi_r, endpoint, hash) < 0) {
        return;
    }
    if (!is_true) {
        nat_detection_falsify(hash);
    }
    message_put_status(mw, type, bytes_of(hash, sizeof(hash)));
}

void nat_traversal_put(struct message_writer *mw, const struct ike_sa *sa, const struct endpoint *local,
                       const struct endpoint *remote)
{
    put_hash(mw, sa, NOTIFY_NAT_DETECTION_SOURCE_IP, local);
    put_hash(mw, sa, NOTIFY_NAT_DETECTION_DESTINATION_IP, remote);
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
    sa->natt = present;
    sa->remote_nat = source == NAT_DETECTION_NAT;
    sa->local_nat = destination == NAT_DETECTION_NAT;
    sa->in_udp = present && (sa->forces_udp || source != NAT_DETECTION_NO_NAT || sa->local_nat);
}

static const char *why_in_udp(const struct ike_sa *sa)
{
    if (sa->local_nat) {
        return "a NAT stands in front of this gateway";
    }
    return sa->remote_nat ? "the peer is behind a NAT, or wants ESP in UDP" : "the peer wants ESP in UDP";
}

static void say_no_protocol_50(struct tunnel_failure *failure)
{
    failure_set_cause(failure, FAILURE_CAUSE_FEATURE_MISSING);
    failure_say(failure, "encapsulation is off, but this gateway can't send ESP as IP protocol 50. Set encapsulation "
                         "of this tunnel to auto or force.");
}

static void say_nat(struct tunnel_failure *failure, const struct ike_sa *sa)
{
    failure_set_cause(failure, FAILURE_CAUSE_NAT_IN_BETWEEN);
    failure_say(failure,
                "encapsulation is off, but %s. Set encapsulation of this tunnel to auto, or take the NAT away.",
                why_in_udp(sa));
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
    } else if (is_off && sa->in_udp) {
        say_nat(ret_failure, sa);
    } else if (sa->forces_udp && !sa->natt) {
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
