#include "esp-d/keepalive.h"

#include "esp-d/udp.h"

static bool is_due(const struct child *child, uint64_t now_ms)
{
    uint64_t last = atomic_load_explicit(&child->out.last_ms, memory_order_relaxed);

    return child->keepalive_s && now_ms >= last + child->keepalive_s * 1000ull;
}

void keepalive_send_due(struct esp *esp, uint64_t now_ms)
{
    static const uint8_t keepalive = 0xff;

    for (struct child *c = sad_next(&esp->db.sad, 0); c; c = sad_next(&esp->db.sad, c->in.spi)) {
        const struct path *path = atomic_load(&c->out.path);

        if (!is_due(c, now_ms))
            continue;
        // A lost one is made up for by the next; a route that is away must not be tried at every tick.
        udp_send(&esp->udp, &path->local, &path->remote, bytes_of(&keepalive, 1), bytes_of(NULL, 0));
        atomic_store_explicit(&c->out.last_ms, now_ms, memory_order_relaxed);
    }
}
