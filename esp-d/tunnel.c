#include "esp-d/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tunnels_init(struct tunnels *tunnels, struct retire *retire)
{
    tunnels->retire = retire;
    tunnels->by_name = hmap_new();
    return tunnels->by_name ? 0 : -ENOMEM;
}

void tunnels_done(struct tunnels *tunnels)
{
    hmap_free(tunnels->by_name);
    tunnels->by_name = NULL;
}

int tunnel_ref(struct tunnels *tunnels, const char *name, struct tunnel **ret_tunnel)
{
    size_t n = strlen(name);
    struct tunnel *tunnel;
    int err;

    if (!n || n > ESP_TUNNEL_NAME_MAX)
        return -EINVAL;
    tunnel = hmap_find(tunnels->by_name, bytes_of_str(name));
    if (!tunnel) {
        tunnel = calloc(1, sizeof(*tunnel));
        if (!tunnel)
            return -ENOMEM;
        memcpy(tunnel->name, name, n);
        err = hmap_put(tunnels->by_name, bytes_of_str(name), tunnel);
        if (err) {
            free(tunnel);
            return err;
        }
    }
    tunnel->references++;
    *ret_tunnel = tunnel;
    return 0;
}

static void free_tunnel(void *object)
{
    struct tunnel *tunnel = object;

    free(atomic_load(&tunnel->senders));
    free(tunnel);
}

void tunnel_unref(struct tunnels *tunnels, struct tunnel *tunnel)
{
    if (!tunnel || --tunnel->references)
        return;
    hmap_remove(tunnels->by_name, bytes_of_str(tunnel->name));
    retire_add(tunnels->retire, free_tunnel, tunnel);
}

static bool is_sender(const struct tunnel_senders *senders, const struct child *child)
{
    for (unsigned i = 0; senders && i < senders->n; i++) {
        if (senders->child[i] == child)
            return true;
    }
    return false;
}

// New list: `first` (if any) in front, then the old ones without `removed`.
static int replace_senders(struct tunnels *tunnels, struct tunnel *tunnel, struct child *first,
                           const struct child *removed)
{
    struct tunnel_senders *old = atomic_load(&tunnel->senders), *senders;
    unsigned old_n = old ? old->n : 0;

    senders = calloc(1, sizeof(*senders) + (old_n + 1) * sizeof(senders->child[0]));
    if (!senders)
        return -ENOMEM;
    if (first)
        senders->child[senders->n++] = first;
    for (unsigned i = 0; i < old_n; i++) {
        if (old->child[i] != removed)
            senders->child[senders->n++] = old->child[i];
    }
    atomic_store_explicit(&tunnel->senders, senders, memory_order_release);
    retire_add(tunnels->retire, free, old);
    return 0;
}

int tunnel_add_sender(struct tunnels *tunnels, struct tunnel *tunnel, struct child *child, const struct child *replaced)
{
    return replace_senders(tunnels, tunnel, child, replaced);
}

int tunnel_remove_sender(struct tunnels *tunnels, struct tunnel *tunnel, const struct child *child)
{
    if (!is_sender(atomic_load(&tunnel->senders), child))
        return 0;
    return replace_senders(tunnels, tunnel, NULL, child);
}

// Until the peer has used it (RFC 7296 2.8).
static bool is_held(const struct child *child)
{
    return child->out.held && !atomic_load_explicit(&child->in.last_ms, memory_order_relaxed);
}

struct child *tunnel_select(const struct tunnel *tunnel, const struct flow *flow)
{
    const struct tunnel_senders *senders = atomic_load_explicit(&tunnel->senders, memory_order_acquire);
    struct child *held = NULL, *ended = NULL;

    for (unsigned i = 0; senders && i < senders->n; i++) {
        if (!filter_pair_matches(senders->child[i]->filters, flow, FILTER_OUTBOUND))
            continue;
        if (atomic_load_explicit(&senders->child[i]->out.ended, memory_order_relaxed))
            ended = senders->child[i];
        else if (is_held(senders->child[i]))
            held = senders->child[i];
        else
            return senders->child[i];
    }
    return held ? held : ended;
}
