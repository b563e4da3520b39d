#include "ike-d/exch/announce.h"

#include <stddef.h>

#include "ike-d/nego/vendor.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "ike-d/wire/auth_signature.h"

// RFC 7427 4, RFC 8420: all but SHA-1.
#define HASHES                                                                                                         \
    (1u << SIGNATURE_HASH_SHA2_256 | 1u << SIGNATURE_HASH_SHA2_384 | 1u << SIGNATURE_HASH_SHA2_512 |                   \
     1u << SIGNATURE_HASH_IDENTITY)

struct feature {
    enum notify_type type;
    enum exchange_type exchange;
    bool by_responder_alone; // says what it takes, whether asked or not
    size_t member;           // in struct ike_features
};

static const struct feature features[] = {
    {NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, EXCHANGE_IKE_SA_INIT, false, offsetof(struct ike_features, fragmentation)},
    {NOTIFY_USE_PPK, EXCHANGE_IKE_SA_INIT, false, offsetof(struct ike_features, ppk)},
    {NOTIFY_CHILDLESS_IKEV2_SUPPORTED, EXCHANGE_IKE_SA_INIT, true, offsetof(struct ike_features, childless)},
    {NOTIFY_MOBIKE_SUPPORTED, EXCHANGE_IKE_AUTH, false, offsetof(struct ike_features, mobike)},
};
#define FEATURES (sizeof(features) / sizeof(features[0]))

static bool has(const struct ike_features *of, const struct feature *feature)
{
    return *(const bool *)((const char *)of + feature->member);
}

void announce_decide(struct ike_sa *sa, const struct tunnel_config *config)
{
    struct ike_features *own = &sa->own_features;
    if (!sa->has_keys) { // what IKE_SA_INIT has said stays: the peer goes by that, whichever tunnel it turns out to
                         // mean
        own->fragmentation = config->fragmentation;
        own->ppk = sa->initiator ? config->ppk_id != NULL : sa->core->has_ppk;
        sa->own_hashes = (sa->initiator ? config->certificate != NULL : sa->core->has_certificates) ? HASHES : 0;
        own->childless = config->childless != TUNNEL_CHILDLESS_NEVER;
    }
    bool has_port = !sa->tunnel || !sa->tunnel->without_natt_port;
    own->mobike = config->mobike && !config->transport && has_port; // tunnel mode alone (RFC 4555 1.2)
}

// RFC 6023 has the responder say it alone. Who needs the answer says it, too: an answer that is longer than its request
// would have to leave it out.
static bool wants_childless(const struct ike_sa *sa)
{
    return sa->tunnel && (sa->tunnel->config->childless == TUNNEL_CHILDLESS_PREFER ||
                          sa->tunnel->config->childless == TUNNEL_CHILDLESS_FORCE);
}

static bool is_to_be_said(const struct ike_sa *sa, const struct feature *feature, bool is_answer)
{
    if (feature->by_responder_alone) {
        return is_answer || wants_childless(sa);
    }
    return !is_answer || has(&sa->peer_features, feature);
}

static void put_hashes(struct message_writer *mw, const struct ike_sa *sa, bool is_answer)
{
    uint8_t data[16];
    struct writer w = writer_of(data, sizeof(data));
    if (sa->own_hashes && (!is_answer || sa->peer_hashes)) {
        auth_signature_encode_hashes(sa->own_hashes, &w);
        message_put_status(mw, NOTIFY_SIGNATURE_HASH_ALGORITHMS, writer_view(&w));
    }
}

static void hear_hashes(struct ike_sa *sa, const struct message *m)
{
    const struct notify_payload *notify = message_find_notify(m, NOTIFY_SIGNATURE_HASH_ALGORITHMS);
    uint32_t hashes;
    if (notify && m->header.exchange == EXCHANGE_IKE_SA_INIT && auth_signature_parse_hashes(notify->data, &hashes)) {
        sa->peer_hashes = (uint8_t)hashes;
    }
}

void announce_put(struct message_writer *mw, const struct ike_sa *sa, enum exchange_type exchange, bool is_answer)
{
    for (size_t i = 0; i < FEATURES; i++) {
        const struct feature *feature = &features[i];
        if (feature->exchange == exchange && has(&sa->own_features, feature) && is_to_be_said(sa, feature, is_answer)) {
            message_put_status(mw, feature->type, (struct bytes){0});
        }
    }
    if (exchange == EXCHANGE_IKE_SA_INIT) {
        put_hashes(mw, sa, is_answer);
    }
}

void announce_put_vendor(struct message_writer *mw)
{
    message_put_raw(mw, PAYLOAD_VENDOR_ID, false, vendor_own_id());
}

// Also for the next failure of this tunnel: refusals come without vendor ids.
static void hear_vendor(struct ike_sa *sa, const struct message *m)
{
    if (sa->vendor == VENDOR_UNKNOWN) {
        sa->vendor = (uint8_t)vendor_find(m->vendor_id, m->vendor_id_n);
    }
    if (sa->tunnel) {
        sa->tunnel->vendor = sa->vendor;
    }
}

void announce_hear(struct ike_sa *sa, const struct message *m)
{
    hear_vendor(sa, m);
    hear_hashes(sa, m);
    for (size_t i = 0; i < FEATURES; i++) {
        if (message_find_notify(m, features[i].type)) {
            *(bool *)((char *)&sa->peer_features + features[i].member) = true;
        }
    }
}
