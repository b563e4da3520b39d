// Sending a burst as IP protocol 50: each packet is a message, all messages of a family go in one call.
#include "esp-d/raw.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "esp-d/send_messages.h"
#include "esp-d/send_room.h"
#include "esp-d/udp_control.h"

struct batch {
    struct mmsghdr message[ESP_BURST_PKTS];
    struct iovec vector[ESP_BURST_PKTS];
    _Alignas(struct cmsghdr) uint8_t control[ESP_BURST_PKTS][UDP_CONTROL_BYTES];
    // whose the last message is: the next one of the same path and class shares its control messages
    const struct path *path;
    uint8_t traffic_class;
    unsigned n;
    unsigned sends;
    int fd;
    struct send_room room;
    struct drop_counters *drops;
};

static void add_message(struct batch *b, const struct path *path, const struct seal_packet *p)
{
    struct msghdr *m = &b->message[b->n].msg_hdr;

    b->vector[b->n] = (struct iovec){p->esp, p->esp_bytes};
    if (b->n && path == b->path && p->traffic_class == b->traffic_class) {
        *m = b->message[b->n - 1].msg_hdr;
    } else {
        *m = (struct msghdr){.msg_name = (void *)(uintptr_t)&path->to.any, .msg_namelen = path->to_bytes};
        udp_control_put(m, b->control[b->n], &path->local.address, p->traffic_class, 0);
    }
    m->msg_iov = &b->vector[b->n];
    m->msg_iovlen = 1;
    b->path = path;
    b->traffic_class = p->traffic_class;
    b->n++;
}

static bool on_failure(void *arg, unsigned at, int err)
{
    struct batch *b = arg;

    (void)at;
    if (err == EINTR || (err == EAGAIN && send_room_wait(&b->room, b->fd)))
        return false;
    drop_add(b->drops, err == EAGAIN ? DROP_SEND_BUSY : DROP_SEND, 1);
    return true;
}

static void flush(struct batch *b)
{
    b->sends += send_messages(b->fd, b->message, b->n, on_failure, b);
    b->n = 0;
}

static void begin(struct batch *b, int fd, struct drop_counters *drops)
{
    b->n = b->sends = 0;
    b->fd = fd;
    b->room = (struct send_room){0};
    b->drops = drops;
}

static void add_packet(struct batch *b, const struct raw *raw, const struct seal_packet *p)
{
    const struct path *path = atomic_load_explicit(&p->child->out.path, memory_order_acquire);
    int fd = path->remote.address.family == 4 ? raw->fd4 : raw->fd6;

    if (fd != b->fd)
        flush(b);
    b->fd = fd;
    add_message(b, path, p);
}

unsigned raw_send_burst(const struct raw *raw, const struct seal_packet *packets, unsigned n,
                        struct drop_counters *drops)
{
    struct batch b __attribute__((uninitialized)); // large

    begin(&b, raw->fd4, drops);
    for (unsigned i = 0; i < n; i++) {
        if (!packets[i].drop)
            add_packet(&b, raw, &packets[i]);
    }
    flush(&b);
    return b.sends;
}
