#include "esp-d/control.h"

#include <arpa/inet.h>
#include <errno.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "esp-d/esp.h"
#include "esp-d/udp_group.h"
#include "lib/core/clock.h"
#include "lib/ipc/edge_message.h"

// ike-d may be away or behind: IKE retransmits.
static enum drop tell_ike(struct esp *esp, const struct inbound_datagram *from, struct bytes message)
{
    Bulkhead__Internal__V1__IkeDatagram m = BULKHEAD__INTERNAL__V1__IKE_DATAGRAM__INIT;
    endpoint_message local, remote;

    edge_message_put_endpoint(&from->local, &local);
    edge_message_put_endpoint(&from->remote, &remote);
    m.local = &local;
    m.remote = &remote;
    m.payload.data = (uint8_t *)(uintptr_t)message.p;
    m.payload.len = message.n;
    return ipc_notify(esp->daemon->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_DATAGRAM, &m.base) ? DROP_IKE_QUEUE
                                                                                                       : DROP_NONE;
}

static enum drop take_ike(struct esp *esp, const struct inbound_datagram *from, struct bytes message)
{
    enum drop drop = ike_intake_admit(&esp->control.intake, &esp->db.peers, &from->remote, message.n,
                                      clock_monotonic_ms(&clock_system));

    return drop ? drop : tell_ike(esp, from, message);
}

static enum drop hand_over(struct esp *esp, const struct inbound_datagram *from, struct bytes packet)
{
    uint32_t spi;

    memcpy(&spi, packet.p, sizeof(spi));
    return worker_hand(&esp->lanes[udp_group_worker(ntohl(spi), esp->workers)].worker, from, packet) ? DROP_NONE
                                                                                                     : DROP_HANDOVER;
}

static enum drop take_segment(struct esp *esp, const struct inbound_datagram *from, const struct datagram_segment *s)
{
    if (s->drop)
        return s->drop;
    return s->is_ike ? take_ike(esp, from, bytes_of(s->p, s->n)) : hand_over(esp, from, bytes_of(s->p, s->n));
}

static void count(struct esp *esp, enum drop drop)
{
    if (drop)
        drop_add(&esp->control.drops, drop, 1);
}

static void take_datagram(struct esp *esp, const struct inbound_datagram *d)
{
    enum drop drop = datagram_check(d);
    struct datagram_segment segment;

    count(esp, drop);
    for (uint32_t at = 0; !drop && datagram_next(d, &at, &segment);)
        count(esp, take_segment(esp, d, &segment));
}

static void take_all(struct esp *esp, int fd)
{
    const struct inbound_datagram *datagrams;

    for (unsigned turn = 0; turn < ESP_UDP_RECEIVES_PER_TURN; turn++) {
        int n = udp_receive(fd, esp->control.batch, &datagrams);

        for (int i = 0; i < n; i++)
            take_datagram(esp, &datagrams[i]);
        if (!udp_batch_is_full(esp->control.batch))
            break;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct esp *esp = poll->data;

    (void)status; // an error of the socket is taken by the next receive
    (void)events;
    take_all(esp, poll == &esp->control.poll[0] ? esp->control.udp.fd4 : esp->control.udp.fd6);
}

static int watch(struct esp *esp, int fd)
{
    uv_poll_t *poll = &esp->control.poll[esp->control.polls];
    int err;

    if (fd < 0)
        return 0;
    err = uv_poll_init_socket(esp->daemon->loop, poll, fd);
    if (err)
        return err;
    esp->control.polls++;
    poll->data = esp;
    return uv_poll_start(poll, UV_READABLE, on_readable);
}

int control_start(struct esp *esp)
{
    struct control *c = &esp->control;
    int err;

    ike_intake_init(&c->intake);
    c->batch = udp_batch_new();
    if (!c->batch)
        return -ENOMEM;
    err = watch(esp, c->udp.fd4);
    return err ? err : watch(esp, c->udp.fd6);
}

void control_stop(struct esp *esp)
{
    struct control *c = &esp->control;

    for (unsigned i = 0; i < c->polls; i++)
        uv_close((uv_handle_t *)&c->poll[i], NULL);
    c->polls = 0;
    udp_batch_free(c->batch);
    c->batch = NULL;
    udp_close(&c->udp);
}

static void take_from(struct esp *esp, struct worker *worker)
{
    const struct inbound_datagram *d;

    while ((d = datagram_ring_take(&worker->ike))) {
        count(esp, take_ike(esp, d, bytes_of(d->p, d->n)));
        datagram_ring_release(&worker->ike);
    }
}

void control_take_ike(struct esp *esp)
{
    for (unsigned i = 0; i < esp->workers; i++)
        take_from(esp, &esp->lanes[i].worker);
}
