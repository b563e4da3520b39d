#include "esp-d/path_mtu.h"

#include "esp-d/esp_limits.h"
#include "esp-d/mtu.h"

static struct path *path_of(const struct child *child)
{
    return atomic_load_explicit(&child->out.path, memory_order_relaxed); // ours to change
}

static uint32_t mtu_of(const struct child *child)
{
    return atomic_load_explicit(&path_of(child)->mtu_bytes, memory_order_relaxed);
}

static void set_mtu(struct path *path, uint32_t bytes)
{
    atomic_store_explicit(&path->mtu_bytes, bytes, memory_order_relaxed);
}

// Nobody objected to the last probe.
static void widen(struct path *path)
{
    path->widen_ms = 0;
    set_mtu(path, atomic_load_explicit(&path->link_bytes, memory_order_relaxed));
}

void path_mtu_sweep(struct child *child, uint64_t now_ms)
{
    struct path *path = path_of(child);
    uint64_t last_ms = atomic_load_explicit(&child->out.last_ms, memory_order_relaxed);

    if (!last_ms || child->ends_ms)
        return;
    if (path->widen_ms && now_ms >= path->widen_ms)
        widen(path);
    if (!path->probe_due_ms)
        path->probe_due_ms = last_ms + ESP_PROBE_FIRST_MS;
    if (now_ms < path->probe_due_ms || now_ms - last_ms > ESP_PROBE_FIRST_MS)
        return;
    path->probe_due_ms = now_ms + ESP_PROBE_AGAIN_MS;
    path->widen_ms = now_ms + ESP_PROBE_ANSWER_MS;
    atomic_store_explicit(&child->out.wants_probe, true, memory_order_relaxed);
}

void path_mtu_inherit(struct child *child, const struct child *replaced)
{
    struct path *path = path_of(child);
    const struct path *old = path_of(replaced);

    if (!address_equal(&path->remote.address, &old->remote.address))
        return;
    set_mtu(path, mtu_of(replaced));
    atomic_store_explicit(&path->link_bytes, atomic_load_explicit(&old->link_bytes, memory_order_relaxed),
                          memory_order_relaxed);
    path->probe_due_ms = old->probe_due_ms;
}

// Was it sent of late? Without the SPI and the number nobody can know who is not on the path.
static bool has_sent(const struct child *child, const struct icmp_hint *hint)
{
    uint64_t next = atomic_load_explicit(&child->out.next_sequence, memory_order_relaxed);
    uint32_t ago = (uint32_t)next - hint->sequence;

    return child->out.spi == hint->spi && ago && ago < next && ago <= ESP_HINT_PACKETS_MAX &&
           address_equal(&path_of(child)->remote.address, &hint->remote);
}

static const struct child *find_sender(const struct database *db, const struct icmp_hint *hint)
{
    const struct child *child = sad_next(&db->sad, 0);

    while (child && !has_sent(child, hint))
        child = sad_next(&db->sad, child->in.spi);
    return child;
}

// RFC 1191 5: a router that does not say its size; the packet that did not fit is all that is known.
static uint32_t mtu_by(const struct icmp_hint *hint, uint32_t known)
{
    uint8_t family = hint->remote.family;
    uint32_t below = hint->packet_bytes && hint->packet_bytes < known ? hint->packet_bytes : known, plateau;

    if (hint->mtu_bytes)
        return mtu_bounded(hint->mtu_bytes, family);
    plateau = mtu_next_plateau(below, family);
    return plateau ? plateau : mtu_bounded(0, family);
}

uint32_t path_mtu_learn(struct database *db, const struct icmp_hint *hint, uint64_t now_ms)
{
    const struct child *sender = find_sender(db, hint);
    uint32_t mtu;

    if (!sender)
        return 0;
    mtu = mtu_by(hint, mtu_of(sender));
    path_of(sender)->widen_ms = 0;
    if (mtu >= mtu_of(sender))
        return 0;
    for (struct child *c = sad_next(&db->sad, 0); c; c = sad_next(&db->sad, c->in.spi)) {
        struct path *path = path_of(c);

        if (!address_equal(&path->remote.address, &hint->remote) || mtu >= mtu_of(c))
            continue;
        set_mtu(path, mtu);
        path->widen_ms = 0;
        path->probe_due_ms = now_ms + ESP_PROBE_AGAIN_MS;
    }
    return mtu;
}
