#include "esp-d/filter.h"

#include <stdlib.h>

// One end of a packet.
struct end {
    address_key address;
    uint16_t port;
};

struct filter filter_of(const struct selector *s)
{
    return (struct filter){
        .start = address_key_of(&s->range.start),
        .end = address_key_of(&s->range.end),
        .start_port = s->start_port,
        .end_port = s->end_port,
        .family = s->range.start.family,
        .protocol = s->protocol,
        .any_port = s->start_port == 0 && s->end_port == 65535,
        .opaque_ports = s->start_port == 65535 && s->end_port == 0,
    };
}

struct selector filter_selector(const struct filter *f)
{
    return (struct selector){
        .range = {address_of_key(f->start, f->family), address_of_key(f->end, f->family)},
        .protocol = f->protocol,
        .start_port = f->start_port,
        .end_port = f->end_port,
    };
}

static bool side_matches(const struct filter *f, const struct flow *flow, const struct end *end)
{
    if (f->family != flow->family || end->address < f->start || end->address > f->end)
        return false;
    if (f->protocol && f->protocol != flow->protocol)
        return false;
    if (f->any_port)
        return true;
    // RFC 4301 4.4.1.1: hidden ports match ANY and OPAQUE alone.
    if (flow->opaque || f->opaque_ports)
        return flow->opaque && f->opaque_ports;
    return end->port >= f->start_port && end->port <= f->end_port;
}

static void flow_ends(const struct flow *flow, enum filter_direction direction, struct end *ret_local,
                      struct end *ret_remote)
{
    struct end source = {flow->source, flow->source_port};
    struct end destination = {flow->destination, flow->destination_port};

    *ret_local = direction == FILTER_OUTBOUND ? source : destination;
    *ret_remote = direction == FILTER_OUTBOUND ? destination : source;
}

bool filter_matches(const struct filter *local, const struct filter *remote, const struct flow *flow,
                    enum filter_direction direction)
{
    struct end local_end, remote_end;

    flow_ends(flow, direction, &local_end, &remote_end);
    return side_matches(local, flow, &local_end) && side_matches(remote, flow, &remote_end);
}

struct filter_pair *filter_pair_new(const struct selector *local, unsigned local_n, const struct selector *remote,
                                    unsigned remote_n)
{
    struct filter_pair *pair;

    pair = calloc(1, sizeof(*pair) + ((size_t)local_n + remote_n) * sizeof(pair->filter[0]));
    if (!pair)
        return NULL;
    pair->local_n = local_n;
    pair->remote_n = remote_n;
    for (unsigned i = 0; i < local_n; i++)
        pair->filter[i] = filter_of(&local[i]);
    for (unsigned i = 0; i < remote_n; i++)
        pair->filter[local_n + i] = filter_of(&remote[i]);
    return pair;
}

void filter_pair_free(struct filter_pair *pair)
{
    free(pair);
}

static bool any_matches(const struct filter *filters, unsigned n, const struct flow *flow, const struct end *end)
{
    for (unsigned i = 0; i < n; i++) {
        if (side_matches(&filters[i], flow, end))
            return true;
    }
    return false;
}

bool filter_pair_matches(const struct filter_pair *pair, const struct flow *flow, enum filter_direction direction)
{
    struct end local, remote;

    flow_ends(flow, direction, &local, &remote);
    return any_matches(pair->filter, pair->local_n, flow, &local) &&
           any_matches(pair->filter + pair->local_n, pair->remote_n, flow, &remote);
}
