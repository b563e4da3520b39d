#include "esp-d/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esp-d/esp_limits.h"
#include "esp-d/udp_control.h"

// Between the datagrams' places, so that their first bytes don't meet in the same few sets of the caches.
#define STAGGER_BYTES 1600u

struct udp_batch {
    unsigned wanted; // of the next receive
    bool is_full;    // the last one got all it wanted
    struct mmsghdr message[ESP_UDP_DATAGRAMS];
    struct iovec vector[ESP_UDP_DATAGRAMS];
    struct sockaddr_storage from[ESP_UDP_DATAGRAMS];
    struct inbound_datagram datagram[ESP_UDP_DATAGRAMS];
    _Alignas(struct cmsghdr) uint8_t control[ESP_UDP_DATAGRAMS][UDP_CONTROL_BYTES];
    uint8_t data[ESP_UDP_DATAGRAMS][ESP_UDP_DATAGRAM_BYTES + STAGGER_BYTES];
};

void udp_close(struct udp *udp)
{
    if (udp->fd4 >= 0)
        close(udp->fd4);
    if (udp->fd6 >= 0)
        close(udp->fd6);
    udp->fd4 = udp->fd6 = -1;
}

struct udp_batch *udp_batch_new(void)
{
    struct udp_batch *batch = malloc(sizeof(*batch));

    if (!batch)
        return NULL;
    memset(batch, 0, offsetof(struct udp_batch, data));
    batch->wanted = ESP_UDP_DATAGRAMS_MIN;
    for (unsigned i = 0; i < ESP_UDP_DATAGRAMS; i++) {
        batch->vector[i] = (struct iovec){batch->data[i], ESP_UDP_DATAGRAM_BYTES};
        batch->message[i].msg_hdr = (struct msghdr){.msg_iov = &batch->vector[i], .msg_iovlen = 1};
        batch->message[i].msg_hdr.msg_name = &batch->from[i];
        batch->message[i].msg_hdr.msg_control = batch->control[i];
    }
    return batch;
}

void udp_batch_free(struct udp_batch *batch)
{
    free(batch);
}

static bool read_datagram(struct udp_batch *batch, unsigned i, uint16_t port)
{
    struct inbound_datagram *d = &batch->datagram[i];
    struct msghdr *h = &batch->message[i].msg_hdr;

    *d = (struct inbound_datagram){
        .p = batch->data[i], .n = batch->message[i].msg_len, .truncated = h->msg_flags & (MSG_TRUNC | MSG_CTRUNC)};
    if (endpoint_from_sockaddr((struct sockaddr *)&batch->from[i], &d->remote))
        return false;
    d->local.port = port;
    udp_control_get(h, &d->local.address, &d->traffic_class, &d->segment_bytes);
    return true;
}

static void adapt(struct udp_batch *batch, unsigned n)
{
    uint32_t bytes = 1, wanted;

    for (unsigned i = 0; i < n; i++)
        bytes += batch->message[i].msg_len;
    wanted = (uint32_t)((uint64_t)ESP_UDP_RECEIVE_BYTES * n / bytes);
    batch->wanted = wanted < ESP_UDP_DATAGRAMS_MIN ? ESP_UDP_DATAGRAMS_MIN
                    : wanted > ESP_UDP_DATAGRAMS   ? ESP_UDP_DATAGRAMS
                                                   : wanted;
}

bool udp_batch_is_full(const struct udp_batch *batch)
{
    return batch->is_full;
}

int udp_receive(int fd, struct udp_batch *batch, const struct inbound_datagram **ret_datagrams)
{
    int n;

    for (unsigned i = 0; i < batch->wanted; i++) {
        batch->message[i].msg_hdr.msg_namelen = sizeof(batch->from[i]);
        batch->message[i].msg_hdr.msg_controllen = UDP_CONTROL_BYTES;
    }
    n = recvmmsg(fd, batch->message, batch->wanted, MSG_DONTWAIT, NULL);
    batch->is_full = n == (int)batch->wanted;
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        if (!read_datagram(batch, (unsigned)i, ESP_NAT_PORT))
            batch->datagram[i].n = 0; // counted as a runt
    }
    if (n)
        adapt(batch, (unsigned)n);
    *ret_datagrams = batch->datagram;
    return n;
}

int udp_send(const struct udp *udp, const struct endpoint *local, const struct endpoint *remote, struct bytes head,
             struct bytes body)
{
    _Alignas(struct cmsghdr) uint8_t control[UDP_CONTROL_BYTES];
    struct iovec vector[2] = {{(void *)(uintptr_t)head.p, head.n}, {(void *)(uintptr_t)body.p, body.n}};
    struct sockaddr_storage to;
    struct msghdr message = {.msg_name = &to, .msg_iov = vector, .msg_iovlen = 2};
    int fd = remote->address.family == 4 ? udp->fd4 : udp->fd6;

    if (fd < 0 || (local->address.family && local->address.family != remote->address.family))
        return -EAFNOSUPPORT;
    message.msg_namelen = endpoint_to_sockaddr(remote, &to);
    if (local->address.family)
        udp_control_put(&message, control, &local->address, 0, 0);
    return sendmsg(fd, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}
