// What works and yet deserves a look.
#include "ike-d/exch/explanation.h"

#include "ike-d/sa/ike_core.h"

static void warn_of_transforms(struct explanation *explanation, const char *what, const struct transform *transforms,
                               unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct transform *t = &transforms[i];
        const char *instead = algorithm_instead(t->type, t->id, t->key_bits);
        char name[48];
        if (instead) {
            explanation_warn(explanation, "%s is old and weak, in %s: prefer %s.",
                             transform_format(t->type, t->id, t->key_bits, name, sizeof(name)), what, instead);
        }
    }
}

static void warn_of_suites(const struct ike_sa *sa, struct explanation *explanation)
{
    warn_of_transforms(explanation, "the IKE SA", sa->chosen.transform, sa->chosen.n);
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        if (child->state == CHILD_SA_STATE_ESTABLISHED) {
            warn_of_transforms(explanation, "a CHILD_SA", child->chosen.transform, child->chosen.n);
        }
    }
}

static bool is_carried(const struct kept_sides *sides, const struct selector_pair *pair)
{
    bool local = false;
    bool remote = false;
    for (unsigned i = 0; i < sides->local.n; i++) {
        local = local || selector_covers(&sides->local.s[i], &pair->local);
    }
    for (unsigned i = 0; i < sides->remote.n; i++) {
        remote = remote || selector_covers(&sides->remote.s[i], &pair->remote);
    }
    return local && remote;
}

static bool is_carried_by_any(const struct ike_sa *sa, const struct selector_pair *pair)
{
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        if (child->state == CHILD_SA_STATE_ESTABLISHED && is_carried(&child->sides, pair)) {
            return true;
        }
    }
    return false;
}

static void warn_of_narrowing(const struct tunnel *tunnel, const struct ike_sa *sa, struct explanation *explanation)
{
    const struct tunnel_config *config = tunnel->config;
    for (unsigned i = 0; i < config->protected_n; i++) {
        if (!is_carried_by_any(sa, &config->protected[i])) {
            char pair[160];
            explanation_warn(explanation,
                             "%s is not carried as a whole: the two sides have agreed on less (see `bhctl sas list`). "
                             "Its other packets are dropped.",
                             narrow_format_policies(&config->protected[i], 1, pair, sizeof(pair)));
            return; // one is enough to look at
        }
    }
}

static void warn_of_path(const struct tunnel *tunnel, const struct ike_sa *sa, struct explanation *explanation)
{
    uint64_t silent_ms = ike_core_now_ms(tunnel->core) - sa->heard_ms;
    if (sa->heard_ms && silent_ms > 2u * (uint64_t)tunnel->config->liveness_ms) {
        explanation_warn(explanation, "Nothing was heard from the peer's IKE for %u s.", (unsigned)(silent_ms / 1000));
    }
    if (sa->request.sends > 1 && sa->request.message.p) {
        explanation_warn(explanation, "A request is without answer after %u sends.", sa->request.sends);
    }
    if (sa->esp.local_nat) {
        explanation_warn(explanation,
                         "This gateway is behind a NAT: the peer can't call it unless the NAT forwards UDP ports 500 "
                         "and 4500 here. Keepalives are sent.");
    }
    if (tunnel->config->fragmentation && !sa->peer_features.fragmentation) {
        explanation_warn(explanation, "The peer does not do IKE fragmentation (RFC 7383): its long messages depend on "
                                      "IP fragments coming through.");
    }
}

static void warn_of_certificate(const struct ike_sa *sa, struct explanation *explanation)
{
    const struct peer_certificate *certificate = sa->peer_certificate;
    uint64_t now_s = ike_core_wall_s(sa->core);
    if (certificate && certificate->reason[0]) {
        explanation_warn(explanation, "The peer's certificate was accepted, though %.300s.", certificate->reason);
    }
    if (certificate && certificate->not_after_s && certificate->not_after_s < now_s + IKE_TRUST_WARNING_S) {
        uint64_t left_s = certificate->not_after_s > now_s ? certificate->not_after_s - now_s : 0;
        explanation_warn(
            explanation,
            "The peer's certificate, %.200s, expires in %u days: without another one the tunnel ends then.",
            certificate->subject, (unsigned)(left_s / 86400));
    }
}

static bool overlap(const struct tunnel_config *a, const struct tunnel_config *b, const struct selector_pair **ret_a,
                    const struct selector_pair **ret_b)
{
    for (unsigned i = 0; i < a->protected_n && i < 64; i++) { // enough to find a mistake, and bounded
        for (unsigned j = 0; j < b->protected_n && j < 64; j++) {
            if (selector_overlaps(&a->protected[i].local, &b->protected[j].local) &&
                selector_overlaps(&a->protected[i].remote, &b->protected[j].remote)) {
                *ret_a = &a->protected[i];
                *ret_b = &b->protected[j];
                return true;
            }
        }
    }
    return false;
}

// The SPD is ordered: the first tunnel gets what both would take.
static void warn_of_overlap(const struct tunnel *tunnel, struct explanation *explanation)
{
    bool before = true;
    for (const struct tunnel *other = tunnel->core->tunnels; other; other = other->next) {
        const struct selector_pair *ours;
        const struct selector_pair *theirs;
        char text[160];
        if (other == tunnel) {
            before = false;
        } else if (overlap(tunnel->config, other->config, &ours, &theirs)) {
            explanation_warn(explanation,
                             "%s is also what tunnel %s protects; that one comes %s in the configuration%s",
                             narrow_format_policies(ours, 1, text, sizeof(text)), other->config->name,
                             before ? "first" : "later", before ? " and gets the packets." : ".");
            return;
        }
    }
}

void explanation_add_warnings(const struct tunnel *tunnel, struct explanation *explanation)
{
    const struct ike_sa *sa = explanation_find_sa(tunnel);
    if (sa && ike_sa_is_established(sa)) {
        warn_of_suites(sa, explanation);
        warn_of_path(tunnel, sa, explanation);
        warn_of_certificate(sa, explanation);
    }
    if (sa && tunnel->state == TUNNEL_STATE_UP) {
        warn_of_narrowing(tunnel, sa, explanation);
    }
    warn_of_overlap(tunnel, explanation);
}
