#include "ike-d/sa/stranger.h"

#include <stdlib.h>
#include <string.h>

void strangers_done(struct strangers *strangers)
{
    free(strangers->list);
    *strangers = (struct strangers){0};
}

static struct address network_of(const struct address *address)
{
    struct address network = *address;
    size_t kept = address->family == 6 ? 6 : 3;
    size_t n = address->family == 6 ? 16 : 4;
    memset(network.b + kept, 0, n - kept);
    return network;
}

static struct stranger *find(struct strangers *strangers, const struct address *network, enum stranger_reason reason)
{
    for (unsigned i = 0; i < strangers->n; i++) {
        if (strangers->list[i].reason == reason && address_equal(&strangers->list[i].network, network)) {
            return &strangers->list[i];
        }
    }
    return NULL;
}

// A free place, or that of who was heard longest ago.
static struct stranger *make_room(struct strangers *strangers)
{
    if (strangers->n < STRANGERS_MAX) {
        return &strangers->list[strangers->n++];
    }
    struct stranger *oldest = &strangers->list[0];
    for (unsigned i = 1; i < strangers->n; i++) {
        oldest = strangers->list[i].last_s < oldest->last_s ? &strangers->list[i] : oldest;
    }
    return oldest;
}

struct stranger *stranger_note(struct strangers *strangers, const struct endpoint *local, const struct endpoint *remote,
                               enum stranger_reason reason, uint64_t now_s)
{
    struct address network = network_of(&remote->address);
    if (!strangers->list) {
        strangers->list = calloc(STRANGERS_MAX, sizeof(*strangers->list));
        if (!strangers->list) {
            return NULL;
        }
    }
    struct stranger *stranger = find(strangers, &network, reason);
    if (!stranger) {
        stranger = make_room(strangers);
        *stranger = (struct stranger){.network = network, .reason = reason, .first_s = now_s};
    }
    stranger->local = *local;
    stranger->remote = *remote;
    stranger->last_s = now_s;
    stranger->times++;
    return stranger;
}

bool stranger_called_with_ikev1(const struct strangers *strangers, const struct address *remote, uint64_t since_s)
{
    for (unsigned i = 0; i < strangers->n; i++) {
        const struct stranger *stranger = &strangers->list[i];
        if (stranger->reason == STRANGER_IKEV1 && stranger->last_s >= since_s &&
            address_equal(&stranger->remote.address, remote)) {
            return true;
        }
    }
    return false;
}
