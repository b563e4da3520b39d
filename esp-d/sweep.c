#include "esp-d/sweep.h"

#include "esp-d/path_mtu.h"
#include "esp-d/udp.h"

static void send_keepalive(struct esp *esp, struct child *child, uint64_t now_ms)
{
    static const uint8_t keepalive = 0xff;
    uint64_t last = atomic_load_explicit(&child->out.last_ms, memory_order_relaxed);
    const struct path *path = atomic_load(&child->out.path);

    if (!child->keepalive_s || path->encapsulation != PATH_IN_UDP || child->ends_ms ||
        now_ms < last + child->keepalive_s * 1000ull)
        return;
    // A lost one is made up for by the next; a route that is away must not be tried at every tick.
    udp_send(&esp->control.udp, &path->local, &path->remote, bytes_of(&keepalive, 1), bytes_of(NULL, 0));
    atomic_store_explicit(&child->out.last_ms, now_ms, memory_order_relaxed);
}

void sweep_tick(struct esp *esp, uint64_t now_ms)
{
    const uint32_t part = UINT32_MAX / ESP_SWEEP_TICKS + 1;
    uint32_t from = esp->sweep_turn * part, last = from + (part - 1);
    struct child *child = sad_next(&esp->db.sad, from ? from - 1 : 0);

    if (last < from) // the last part is a little shorter
        last = UINT32_MAX;
    for (; child && child->in.spi <= last; child = sad_next(&esp->db.sad, child->in.spi)) {
        send_keepalive(esp, child, now_ms);
        child_rest(child, now_ms, &esp->db.retire);
        path_mtu_sweep(child, now_ms);
    }
    esp->sweep_turn = (esp->sweep_turn + 1) % ESP_SWEEP_TICKS;
}
