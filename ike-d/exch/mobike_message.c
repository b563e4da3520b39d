#include "ike-d/exch/mobike_message.h"

#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/mobike_initiator.h"
#include "ike-d/exch/nat_traversal.h"
#include "lib/core/log.h"

static bool is_address(const struct notify_payload *notify)
{
    return (notify->type == NOTIFY_ADDITIONAL_IP4_ADDRESS && notify->data.n == 4) ||
           (notify->type == NOTIFY_ADDITIONAL_IP6_ADDRESS && notify->data.n == 16);
}

// Reached through the tunnel alone: a peer names its address on the LAN, too. Where the policies hold the peer's outer
// address as well (a default route), they say nothing about it.
static bool is_behind_peer(const struct ike_sa *sa, const struct address *address)
{
    const struct tunnel_config *config = sa->tunnel ? sa->tunnel->config : NULL;
    for (unsigned i = 0; config && i < config->policies_n; i++) {
        enum tunnel_action action;
        const struct range *range = &tunnel_config_policy(config, i, &action)->remote.range;
        if (action == TUNNEL_ACTION_PROTECT && range_contains(range, address) &&
            !range_contains(range, &sa->remote.address)) {
            return true;
        }
    }
    return false;
}

void mobike_message_take_addresses(struct ike_sa *sa, const struct message *m)
{
    struct mobike *mobike = sa->mobike;
    struct address list[IKE_MOBIKE_ADDRESSES_MAX];
    uint8_t n = 0;
    bool said = message_find_notify(m, NOTIFY_NO_ADDITIONAL_ADDRESSES) != NULL;
    for (unsigned i = 0; i < m->notify_n; i++) {
        if (is_address(&m->notify[i]) && n < IKE_MOBIKE_ADDRESSES_MAX) {
            said = true;
            (void)address_from_bytes(m->notify[i].data, &list[n]);
            n = is_behind_peer(sa, &list[n]) ? n : (uint8_t)(n + 1);
        }
    }
    if (!said) {
        return;
    }
    struct address *others = n ? calloc(n, sizeof(*others)) : NULL;
    if (n && !others) {
        return; // the old ones are better than none
    }
    if (n) {
        memcpy(others, list, n * sizeof(*others));
    }
    free(mobike->others);
    mobike->others = others;
    mobike->others_n = n;
    mobike->turn = 0;
    mobike->first = sa->remote.address;
}

void mobike_message_begin(struct ike_sa *sa, const struct message *m)
{
    if (!ike_sa_has_mobike(sa) || sa->mobike) {
        return;
    }
    mobike_new(sa, mobike_initiator_on_again);
    if (sa->mobike) {
        mobike_message_take_addresses(sa, m);
    } else {
        sa->peer_features.mobike = false;
    }
}

// |  source address | destination address | source port | destination port |
static void write_path(struct writer *w, const struct endpoint *source, const struct endpoint *destination)
{
    writer_bytes(w, address_view(&source->address));
    writer_bytes(w, address_view(&destination->address));
    writer_u16(w, source->port);
    writer_u16(w, destination->port);
}

void mobike_message_put_path(struct message_writer *mw, const struct ike_sa *sa)
{
    if (!sa->tunnel || sa->tunnel->config->encapsulation != TUNNEL_ENCAPSULATION_OFF) {
        nat_traversal_put(mw, sa, &sa->local, &sa->remote);
        return;
    }
    uint8_t path[2 * 16 + 2 * 2];
    struct writer w = writer_of(path, sizeof(path));
    write_path(&w, &sa->local, &sa->remote);
    message_put_status(mw, NOTIFY_NO_NATS_ALLOWED, writer_view(&w));
}

bool mobike_message_passed_no_nat(const struct received *received)
{
    const struct notify_payload *notify = message_find_notify(received->message, NOTIFY_NO_NATS_ALLOWED);
    uint8_t path[2 * 16 + 2 * 2];
    struct writer w = writer_of(path, sizeof(path));
    write_path(&w, &received->remote, &received->local);
    return !notify || bytes_equal(notify->data, writer_view(&w));
}

bool mobike_message_has_cookie(const struct message *m, const uint8_t cookie[MOBIKE_COOKIE_BYTES])
{
    const struct notify_payload *notify = message_find_notify(m, NOTIFY_COOKIE2);
    return notify && bytes_equal(notify->data, bytes_of(cookie, MOBIKE_COOKIE_BYTES));
}
