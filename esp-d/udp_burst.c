// Sending a burst: neighbours in memory for the same place go as one message with UDP_SEGMENT, all messages in one
// call.
#include "esp-d/udp.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "esp-d/esp_limits.h"
#include "esp-d/send_messages.h"
#include "esp-d/send_room.h"
#include "esp-d/send_run.h"
#include "esp-d/udp_control.h"

// What one message carries.
struct run {
    struct send_run of;
    struct path *path;
};

struct batch {
    struct mmsghdr message[ESP_BURST_PKTS];
    struct iovec vector[ESP_BURST_PKTS];
    struct run run[ESP_BURST_PKTS];
    _Alignas(struct cmsghdr) uint8_t control[ESP_BURST_PKTS][UDP_CONTROL_BYTES];
    unsigned n;
    unsigned sends; // messages that were handed over
    int fd;
    struct send_room room;
    uint64_t now_ms;
    struct drop_counters *drops;
};

static struct path *path_of(const struct seal_packet *p)
{
    return atomic_load_explicit(&p->child->out.path, memory_order_acquire);
}

static bool takes_segments(const struct path *path, uint64_t now_ms)
{
    return atomic_load_explicit(&path->offload_retry_ms, memory_order_relaxed) <= now_ms;
}

static void add_message(struct batch *b, const struct run *run)
{
    const struct seal_packet *first = run->of.first;
    struct msghdr *m = &b->message[b->n].msg_hdr;

    b->run[b->n] = *run;
    b->vector[b->n] = (struct iovec){first->esp, run->of.bytes};
    *m = (struct msghdr){.msg_name = &run->path->to.any, .msg_namelen = run->path->to_bytes};
    m->msg_iov = &b->vector[b->n];
    m->msg_iovlen = 1;
    udp_control_put(m, b->control[b->n], &run->path->local.address, first->traffic_class,
                    run->of.n > 1 ? (uint16_t)first->esp_bytes : 0);
    b->n++;
}

static enum drop send_singly(struct batch *b, const struct run *run)
{
    enum drop outcome = DROP_NONE;

    for (const struct seal_packet *p = run->of.first; p < run->of.first + run->of.n; p++) {
        struct iovec vector = {p->esp, p->esp_bytes};
        _Alignas(struct cmsghdr) uint8_t control[UDP_CONTROL_BYTES];
        struct msghdr m = {.msg_name = &run->path->to.any, .msg_namelen = run->path->to_bytes, .msg_iov = &vector};

        m.msg_iovlen = 1;
        udp_control_put(&m, control, &run->path->local.address, p->traffic_class, 0);
        if (sendmsg(b->fd, &m, MSG_DONTWAIT) < 0 &&
            (errno != EAGAIN || !send_room_wait(&b->room, b->fd) || sendmsg(b->fd, &m, MSG_DONTWAIT) < 0)) {
            drop_add(b->drops, DROP_SEND, 1);
            outcome = DROP_SEND;
        }
        b->sends++;
    }
    return outcome;
}

static bool on_failure(void *arg, unsigned at, int err)
{
    struct batch *b = arg;
    const struct run *run = &b->run[at];

    if (err == EINTR)
        return false;
    if (err == EAGAIN) {
        if (send_room_wait(&b->room, b->fd))
            return false;
        drop_add(b->drops, DROP_SEND_BUSY, run->of.n);
        return true;
    }
    // No checksum offload on this route (before kernel 6.11), or segments beyond its MTU: remembered, and sent one by
    // one.
    if (run->of.n > 1 && (err == EIO || err == EINVAL || err == EMSGSIZE)) {
        if (send_singly(b, run) == DROP_NONE)
            atomic_store_explicit(&run->path->offload_retry_ms, b->now_ms + ESP_SEGMENT_OFFLOAD_RETRY_MS,
                                  memory_order_relaxed);
        return true;
    }
    drop_add(b->drops, DROP_SEND, run->of.n);
    return true;
}

static void flush(struct batch *b)
{
    b->sends += send_messages(b->fd, b->message, b->n, on_failure, b);
    b->n = 0;
}

static void add_run(struct batch *b, const struct udp *udp, const struct run *run)
{
    int fd = run->path->remote.address.family == 4 ? udp->fd4 : udp->fd6;

    if (fd != b->fd)
        flush(b);
    b->fd = fd;
    add_message(b, run);
}

unsigned udp_send_burst(const struct udp *udp, const struct seal_packet *packets, unsigned n, uint64_t now_ms,
                        struct drop_counters *drops)
{
    struct batch b __attribute__((uninitialized)); // large

    b.n = b.sends = 0;
    b.fd = udp->fd4;
    b.room = (struct send_room){0};
    b.now_ms = now_ms;
    b.drops = drops;
    for (unsigned i = 0; i < n;) {
        struct run run = {send_run_of(&packets[i]), path_of(&packets[i])};
        bool is_alone = !takes_segments(run.path, now_ms);

        for (i++; i < n && !is_alone && send_run_add(&run.of, &packets[i]);)
            i++;
        if (!run.of.first->drop)
            add_run(&b, udp, &run);
    }
    flush(&b);
    return b.sends;
}
