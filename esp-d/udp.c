#include "esp-d/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esp-d/esp_limits.h"
#include "esp-d/udp_control.h"
#include "lib/net/marks.h"

struct udp_batch {
    struct mmsghdr message[ESP_UDP_DATAGRAMS];
    struct iovec vector[ESP_UDP_DATAGRAMS];
    struct sockaddr_storage from[ESP_UDP_DATAGRAMS];
    struct inbound_datagram datagram[ESP_UDP_DATAGRAMS];
    _Alignas(struct cmsghdr) uint8_t control[ESP_UDP_DATAGRAMS][UDP_CONTROL_BYTES];
    uint8_t data[ESP_UDP_DATAGRAMS][ESP_UDP_DATAGRAM_BYTES];
};

struct option {
    int level;
    int name;
    int value;
};

static int set_options(int fd, const struct option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int)) < 0)
            return -errno;
    }
    return 0;
}

// The outer path's MTU is left to fragmentation: the TUN's MTU keeps it from being needed on a path of 1500 bytes.
static int configure(int fd, int family)
{
    static const struct option common[] = {
        {SOL_SOCKET, SO_MARK, (int)MARK_OWN},
        {SOL_SOCKET, SO_RCVBUFFORCE, ESP_SOCKET_BUFFER_BYTES},
        {SOL_SOCKET, SO_SNDBUFFORCE, ESP_SOCKET_BUFFER_BYTES},
        {IPPROTO_UDP, UDP_GRO, 1},
    };
    static const struct option ipv4[] = {
        {IPPROTO_IP, IP_PKTINFO, 1},
        {IPPROTO_IP, IP_RECVTOS, 1},
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT},
    };
    static const struct option ipv6[] = {
        {IPPROTO_IPV6, IPV6_V6ONLY, 1},
        {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1},
        {IPPROTO_IPV6, IPV6_RECVTCLASS, 1},
        {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT},
    };
    int err = set_options(fd, common, sizeof(common) / sizeof(common[0]));

    if (err)
        return err;
    if (family == AF_INET)
        return set_options(fd, ipv4, sizeof(ipv4) / sizeof(ipv4[0]));
    return set_options(fd, ipv6, sizeof(ipv6) / sizeof(ipv6[0]));
}

static int bind_wildcard(int fd, int family, uint16_t port)
{
    struct endpoint any = {.address = {.family = family == AF_INET ? 4 : 6}, .port = port};
    struct sockaddr_storage sa;
    socklen_t n = endpoint_to_sockaddr(&any, &sa);

    return bind(fd, (struct sockaddr *)&sa, n) < 0 ? -errno : 0;
}

static int open_family(int family, uint16_t port)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
    int err;

    if (fd < 0)
        return -errno;
    err = configure(fd, family);
    if (!err)
        err = bind_wildcard(fd, family, port);
    if (err) {
        close(fd);
        return err;
    }
    return fd;
}

int udp_open(uint16_t port, struct udp *ret_udp)
{
    struct udp udp;

    udp.fd4 = open_family(AF_INET, port);
    if (udp.fd4 < 0)
        return udp.fd4;
    udp.fd6 = open_family(AF_INET6, port);
    if (udp.fd6 < 0 && udp.fd6 != -EAFNOSUPPORT && udp.fd6 != -EADDRNOTAVAIL) {
        close(udp.fd4);
        return udp.fd6;
    }
    if (udp.fd6 < 0)
        udp.fd6 = -1;
    *ret_udp = udp;
    return 0;
}

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

int udp_receive(int fd, struct udp_batch *batch, const struct inbound_datagram **ret_datagrams)
{
    int n;

    for (unsigned i = 0; i < ESP_UDP_DATAGRAMS; i++) {
        batch->message[i].msg_hdr.msg_namelen = sizeof(batch->from[i]);
        batch->message[i].msg_hdr.msg_controllen = UDP_CONTROL_BYTES;
    }
    n = recvmmsg(fd, batch->message, ESP_UDP_DATAGRAMS, MSG_DONTWAIT, NULL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    for (int i = 0; i < n; i++) {
        if (!read_datagram(batch, (unsigned)i, ESP_NAT_PORT))
            batch->datagram[i].n = 0; // counted as a runt
    }
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
