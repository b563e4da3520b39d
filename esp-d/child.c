#include "esp-d/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/ecn.h"
#include "esp-d/mtu.h"

int path_new(const struct endpoint *local, const struct endpoint *remote, enum path_encapsulation encapsulation,
             struct path **ret_path)
{
    const struct endpoint to_endpoint = {remote->address, encapsulation == PATH_IN_UDP ? remote->port : 0};
    struct sockaddr_storage to;
    struct path *path;

    if (!remote->address.family || local->address.family != remote->address.family ||
        (encapsulation == PATH_IN_UDP && !remote->port))
        return -EINVAL;
    path = calloc(1, sizeof(*path));
    if (!path)
        return -ENOMEM;
    path->local = *local;
    path->remote = *remote;
    path->encapsulation = encapsulation;
    path->to_bytes = endpoint_to_sockaddr(&to_endpoint, &to);
    atomic_init(&path->mtu_bytes, MTU_PATH_BYTES);
    atomic_init(&path->link_bytes, MTU_PATH_BYTES);
    memcpy(&path->to, &to, path->to_bytes);
    *ret_path = path;
    return 0;
}

static int copy_origin(struct child *child, const struct child_spec *spec)
{
    const struct transport_origin *o = &spec->origin;
    uint8_t family = spec->remote_endpoint.address.family;

    child->transport = spec->transport;
    // In transport mode the outer header is the packet's own.
    child->out.dscp = spec->has_dscp && !spec->transport ? spec->dscp : ECN_DSCP_COPIED;
    if (!o->local.family && !o->remote.family)
        return 0;
    if (!spec->transport || (o->local.family && o->local.family != family) ||
        (o->remote.family && o->remote.family != family))
        return -EINVAL;
    child->origin = malloc(sizeof(*child->origin));
    if (!child->origin)
        return -ENOMEM;
    *child->origin = *o;
    return 0;
}

static int init_directions(struct child *child, const struct child_spec *spec, const struct cipher_backend *backend,
                           struct replay_pool *pool)
{
    struct path *path;
    int err;

    err = cipher_key_new(backend, &spec->suite, CIPHER_OPEN, spec->keys_in, &child->in.key);
    if (!err)
        err = cipher_key_new(backend, &spec->suite, CIPHER_SEAL, spec->keys_out, &child->out.key);
    if (!err)
        err = replay_init(&child->in.replay, pool, spec->replay_window ? spec->replay_window : ESP_REPLAY_WINDOW);
    if (!err)
        err = path_new(&spec->local_endpoint, &spec->remote_endpoint, spec->encapsulation, &path);
    if (err)
        return err;
    atomic_init(&child->out.path, path);
    atomic_init(&child->out.next_sequence, 1);
    child->out.last_sequence = spec->suite.esn ? ESP_SEQUENCE_ESN_MAX : ESP_SEQUENCE_MAX;
    child->out.soft_sequence = spec->suite.esn ? ESP_SEQUENCE_ESN_SOFT : ESP_SEQUENCE_SOFT;
    child->in.spi = spec->spi_in;
    atomic_init(&child->in.follow_remote, spec->follow_remote);
    child->out.spi = spec->spi_out;
    return 0;
}

int child_new(const struct child_spec *spec, const struct cipher_backend *backend, struct replay_pool *pool,
              struct child **ret_child)
{
    struct child *child;
    int err;

    child = aligned_alloc(CHILD_CACHE_LINE, sizeof(*child));
    if (!child)
        return -ENOMEM;
    memset(child, 0, sizeof(*child));
    child->suite = spec->suite;
    child->ike_spi = spec->ike_spi;
    child->installed_s = spec->installed_s;
    child->keepalive_s = spec->keepalive_s;
    child->out.held = spec->held;
    child->lifetime = spec->lifetime;
    child->windows = pool;
    child->is_limited = lifetime_is_limited(&spec->lifetime);
    err = init_directions(child, spec, spec->backend ? spec->backend : backend, pool);
    if (!err) {
        child->filters = filter_pair_new(spec->local, spec->local_n, spec->remote, spec->remote_n);
        err = child->filters ? 0 : -ENOMEM;
    }
    if (!err)
        err = copy_origin(child, spec);
    if (err) {
        child_free(child);
        return err;
    }
    *ret_child = child;
    return 0;
}

void child_free(void *object)
{
    struct child *child = object;

    if (!child)
        return;
    cipher_key_free(child->in.key);
    cipher_key_free(child->out.key);
    replay_done(&child->in.replay, child->windows);
    free(atomic_load(&child->out.path));
    filter_pair_free(child->filters);
    free(child->origin);
    free(child);
}

static void rest_key(struct cipher_key *key, struct retire *retire)
{
    void *expanded = cipher_key_rest(key);

    if (expanded)
        retire_add(retire, key->backend->expanded_free, expanded);
}

void child_rest(struct child *child, uint64_t now_ms, struct retire *retire)
{
    if (now_ms >= atomic_load_explicit(&child->in.last_ms, memory_order_relaxed) + ESP_KEY_REST_MS)
        rest_key(child->in.key, retire);
    if (now_ms >= atomic_load_explicit(&child->out.last_ms, memory_order_relaxed) + ESP_KEY_REST_MS)
        rest_key(child->out.key, retire);
}

bool child_carry(struct child *child, enum cipher_direction direction, uint64_t bytes, uint64_t packets)
{
    bool is_out = direction == CIPHER_SEAL;
    _Atomic uint64_t *all_bytes = is_out ? &child->out.bytes : &child->in.bytes;
    _Atomic uint64_t *all_packets = is_out ? &child->out.packets : &child->in.packets;
    uint64_t bytes_before = atomic_fetch_add_explicit(all_bytes, bytes, memory_order_relaxed);
    uint64_t packets_before = atomic_fetch_add_explicit(all_packets, packets, memory_order_relaxed);

    if (!child->is_limited || lifetime_has_room(&child->lifetime, bytes_before + bytes, packets_before + packets))
        return true;
    child_carry_back(child, direction, bytes, packets);
    return false;
}

void child_carry_back(struct child *child, enum cipher_direction direction, uint64_t bytes, uint64_t packets)
{
    bool is_out = direction == CIPHER_SEAL;

    atomic_fetch_sub_explicit(is_out ? &child->out.bytes : &child->in.bytes, bytes, memory_order_relaxed);
    atomic_fetch_sub_explicit(is_out ? &child->out.packets : &child->in.packets, packets, memory_order_relaxed);
}

uint64_t sa_out_take_sequence(struct sa_out *out, uint32_t n)
{
    uint64_t first = atomic_load_explicit(&out->next_sequence, memory_order_relaxed);

    do {
        if (first + n - 1 > out->last_sequence)
            return 0;
    } while (!atomic_compare_exchange_weak_explicit(&out->next_sequence, &first, first + n, memory_order_relaxed,
                                                    memory_order_relaxed));
    return first;
}
