#include "esp-d/probe.h"

#include <errno.h>

#include "esp-d/mtu.h"

// The largest ESP packet of the suite within so many bytes.
static uint32_t whole_esp_bytes(const struct cipher_suite *suite, uint32_t room)
{
    uint32_t around = seal_inner_offset(suite) + suite->icv_bytes;

    return around + (room - around) / suite->align_bytes * suite->align_bytes;
}

// What the link does not take, no packet may have.
static void found_link(struct path *path, uint32_t bytes)
{
    atomic_store_explicit(&path->link_bytes, bytes, memory_order_relaxed);
    if (atomic_load_explicit(&path->mtu_bytes, memory_order_relaxed) > bytes)
        atomic_store_explicit(&path->mtu_bytes, bytes, memory_order_relaxed);
}

void probe_path(struct outbound *out, struct child *child)
{
    struct path *path = atomic_load_explicit(&child->out.path, memory_order_acquire);
    uint32_t mtu = MTU_PATH_BYTES;
    int err = -EMSGSIZE;

    atomic_store_explicit(&child->out.wants_probe, false, memory_order_relaxed);
    while (mtu && err == -EMSGSIZE) {
        uint32_t esp_bytes = whole_esp_bytes(&child->suite, mtu_esp_bytes(path, mtu));

        if (!seal_dummy(out->crypt, child, out->buffer, esp_bytes))
            return;
        err = out->sinks.probe(out->sinks.arg, path, bytes_of(out->buffer, esp_bytes));
        if (!err)
            found_link(path, mtu);
        mtu = mtu_next_plateau(mtu, path->remote.address.family);
    }
}
