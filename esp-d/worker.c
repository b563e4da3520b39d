#include "esp-d/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "esp-d/discovery.h"
#include "esp-d/tun.h"
#include "lib/core/clock.h"

#define SOURCES_MAX 6

static bool put_event(struct worker *w, const struct event *event)
{
    if (!event_put(&w->events, event))
        return false;
    w->config.wake(w->config.arg);
    return true;
}

static void on_send(void *arg, const struct seal_packet *packets, unsigned n)
{
    struct worker *w = arg;
    const struct send_sockets sockets = {w->config.udp, w->config.raw};

    batch_count(&w->sends, send_burst(&sockets, packets, n, w->outbound.now_ms, &w->drops), n);
}

static void on_answer(void *arg, struct bytes packet)
{
    uint8_t frame[SEGMENT_VNET_BYTES + 1280];
    struct worker *w = arg;

    if (packet.n > sizeof(frame) - SEGMENT_VNET_BYTES)
        return;
    memcpy(frame + SEGMENT_VNET_BYTES, packet.p, packet.n);
    if (tun_write(w->config.tun, frame + SEGMENT_VNET_BYTES, packet.n) < 0)
        drop_add(&w->drops, DROP_TUN_WRITE, 1);
}

static bool on_acquire(void *arg, const struct policy *policy, const struct flow *flow)
{
    struct event event = {.kind = EVENT_ACQUIRE, .flow = *flow};

    memcpy(event.tunnel, policy->tunnel->name, sizeof(event.tunnel));
    return put_event(arg, &event);
}

static bool on_expire(void *arg, const struct child *child, const struct lifetime_end *end)
{
    return put_event(arg, &(struct event){.kind = EVENT_EXPIRE, .spi_in = child->in.spi, .end = *end});
}

static int on_probe(void *arg, const struct path *path, struct bytes packet)
{
    struct worker *w = arg;
    bool ipv4 = path->remote.address.family == 4;

    if (path->encapsulation == PATH_IN_UDP)
        return discovery_send_whole(ipv4 ? w->config.udp->fd4 : w->config.udp->fd6, path, packet);
    return discovery_send_whole(ipv4 ? w->config.raw->fd4 : w->config.raw->fd6, path, packet);
}

static void on_deliver(void *arg, struct open_packet *packets, unsigned n)
{
    struct worker *w = arg;

    coalesce_burst(&w->coalesce, packets, n);
}

static int on_frame(void *arg, const struct iovec *pieces, unsigned n)
{
    struct worker *w = arg;

    return tun_write_pieces(w->config.tun, pieces, n);
}

static bool on_ike(void *arg, const struct inbound_datagram *from, struct bytes message)
{
    struct worker *w = arg;

    if (!datagram_ring_put(&w->ike, from, message))
        return false;
    w->config.wake(w->config.arg);
    return true;
}

static bool on_address_change(void *arg, const struct child *child, const struct endpoint *remote)
{
    return put_event(arg, &(struct event){.kind = EVENT_ADDRESS_CHANGE, .spi_in = child->in.spi, .remote = *remote});
}

static int watch(struct worker *w, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    if (fd < 0)
        return 0;
    return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int watch_all(struct worker *w)
{
    const int fds[SOURCES_MAX] = {
        w->bell, w->config.tun, w->config.udp->fd4, w->config.udp->fd6, w->config.raw->fd4, w->config.raw->fd6};
    int err = 0;

    for (unsigned i = 0; i < SOURCES_MAX && !err; i++)
        err = watch(w, fds[i]);
    return err;
}

int worker_init(struct worker *w, const struct worker_config *config)
{
    static const struct raw no_raw = {-1, -1};
    struct outbound_sinks outbound = {w, on_send, on_answer, on_acquire, on_expire, on_probe};
    struct inbound_sinks inbound = {w, on_deliver, on_ike, on_address_change, on_expire};
    int err;

    memset(w, 0, sizeof(*w));
    w->config = *config;
    if (!w->config.raw)
        w->config.raw = &no_raw;
    w->coalesce.arg = w;
    w->coalesce.write = on_frame;
    w->coalesce.drops = &w->drops;
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    w->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->epoll < 0 || w->bell < 0)
        return -errno;
    err = crypt_init(&w->crypt, config->backend);
    w->batch = udp_batch_new();
    w->raw_batch = raw_batch_new();
    w->frame = malloc(ESP_TUN_READ_BYTES);
    if (err || !w->batch || !w->raw_batch || !w->frame)
        return -ENOMEM;
    err = event_queue_init(&w->events);
    if (!err)
        err = datagram_ring_init(&w->ike);
    if (!err)
        err = datagram_ring_init(&w->handed);
    if (!err)
        err = outbound_init(&w->outbound, &outbound, &w->crypt, config->db, &w->drops);
    if (!err)
        err = inbound_init(&w->inbound, &inbound, &w->crypt, config->db, &w->drops);
    return err ? err : watch_all(w);
}

static void run_tun(struct worker *w)
{
    for (unsigned i = 0; i < ESP_TUN_READS_PER_TURN; i++) {
        ssize_t n = tun_read(w->config.tun, w->frame, ESP_TUN_READ_BYTES);

        if (n <= 0)
            break;
        pace_note(&w->pace, (uint64_t)n);
        w->is_behind |= i == ESP_TUN_READS_PER_TURN - 1;
        outbound_push(&w->outbound, bytes_of(w->frame, (size_t)n));
    }
    outbound_flush(&w->outbound);
}

static void run_udp(struct worker *w, int fd)
{
    const struct inbound_datagram *datagrams;

    for (unsigned turn = 0; turn < ESP_UDP_RECEIVES_PER_TURN; turn++) {
        int n = udp_receive(fd, w->batch, &datagrams);

        for (int i = 0; i < n; i++) {
            pace_note(&w->pace, datagrams[i].n);
            inbound_push(&w->inbound, &datagrams[i]);
        }
        inbound_flush(&w->inbound);
        coalesce_flush(&w->coalesce); // before the batch is overwritten
        if (!udp_batch_is_full(w->batch))
            break;
        w->is_behind |= turn == ESP_UDP_RECEIVES_PER_TURN - 1;
    }
}

static void run_raw(struct worker *w, uint8_t family)
{
    const struct inbound_datagram *datagrams;

    for (unsigned turn = 0; turn < ESP_RAW_RECEIVES_PER_TURN; turn++) {
        int n = raw_receive(w->config.raw, family, w->raw_batch, &datagrams);

        for (int i = 0; i < n; i++) {
            pace_note(&w->pace, datagrams[i].n);
            inbound_push(&w->inbound, &datagrams[i]);
        }
        inbound_flush(&w->inbound);
        coalesce_flush(&w->coalesce); // before the batch is overwritten
        if (n < (int)ESP_RAW_PKTS)
            break;
        w->is_behind |= turn == ESP_RAW_RECEIVES_PER_TURN - 1;
    }
}

static void run_handed(struct worker *w)
{
    const struct inbound_datagram *datagram;
    uint64_t rings;

    if (read(w->bell, &rings, sizeof(rings)) < 0) // what comes from here on rings again
        return;
    while ((datagram = datagram_ring_take(&w->handed)))
        inbound_push(&w->inbound, datagram);
    inbound_flush(&w->inbound);
    coalesce_flush(&w->coalesce);
    datagram_ring_release(&w->handed);
}

static void run_source(struct worker *w, const struct epoll_event *event)
{
    int fd = event->data.fd;

    if (fd == w->bell) {
        run_handed(w);
    } else if (fd == w->config.raw->fd4 || fd == w->config.raw->fd6) {
        run_raw(w, fd == w->config.raw->fd4 ? 4 : 6);
    } else if (fd != w->config.tun) {
        run_udp(w, fd);
    } else if (event->events & EPOLLIN) {
        run_tun(w);
    } else if (put_event(w, &(struct event){.kind = EVENT_TUN_GONE})) { // else it is seen again
        epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, NULL);
    }
}

// False: the end.
static bool run_turn(struct worker *w, const struct epoll_event *events, int n)
{
    w->is_behind = false;
    w->outbound.now_ms = w->inbound.now_ms = clock_monotonic_ms(&clock_system);
    for (int i = 0; i < n; i++)
        run_source(w, &events[i]);
    return !atomic_load_explicit(&w->is_ending, memory_order_relaxed);
}

// Lets packets gather while many small ones come.
static void pause_when_hot(struct worker *w)
{
    static const struct timespec pause = {.tv_nsec = ESP_PACE_PAUSE_NS};
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (pace_is_hot(&w->pace, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec) && !w->is_behind)
        nanosleep(&pause, NULL);
}

static void *run(void *arg)
{
    struct epoll_event events[SOURCES_MAX];
    struct worker *w = arg;
    int n;

    seal_begin();
    retire_reader_begin();
    do {
        crypt_rest(&w->crypt);
        retire_reader_sleep();
        pause_when_hot(w);
        n = epoll_wait(w->epoll, events, SOURCES_MAX, -1);
        retire_reader_wake();
    } while ((n >= 0 || errno == EINTR) && run_turn(w, events, n));
    retire_reader_end();
    return NULL;
}

int worker_start(struct worker *w)
{
    sigset_t all, before;
    int err;

    sigfillset(&all); // signals are the main thread's
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&w->thread, NULL, run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->is_running = !err;
    return -err;
}

static bool ring_bell(struct worker *w)
{
    uint64_t one = 1;

    return write(w->bell, &one, sizeof(one)) == sizeof(one);
}

void worker_stop(struct worker *w)
{
    if (!w->is_running)
        return;
    atomic_store_explicit(&w->is_ending, true, memory_order_relaxed);
    if (ring_bell(w))
        pthread_join(w->thread, NULL);
    w->is_running = false;
}

bool worker_hand(struct worker *w, const struct inbound_datagram *from, struct bytes packet)
{
    return datagram_ring_put(&w->handed, from, packet) && ring_bell(w);
}

void worker_done(struct worker *w)
{
    event_queue_done(&w->events);
    datagram_ring_done(&w->ike);
    datagram_ring_done(&w->handed);
    outbound_done(&w->outbound);
    inbound_done(&w->inbound);
    udp_batch_free(w->batch);
    raw_batch_free(w->raw_batch);
    free(w->frame);
    crypt_done(&w->crypt);
    if (w->epoll > 0)
        close(w->epoll);
    if (w->bell > 0)
        close(w->bell);
}
