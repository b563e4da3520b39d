#include "ike-d/link/udp_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ike-d/sa/ike_limits.h"
#include "lib/core/log.h"
#include "lib/net/marks.h"

#define RECEIVE_BUFFER_BYTES (4 * 1024 * 1024)
// Datagrams in one turn of the loop, so that a flood leaves room for the edges.
#define BURST_PKTS 64

static int set_int(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_options(int fd, uint8_t family)
{
    int error;
    if (family == 4) {
        error = set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
        // IKE messages may be longer than the path's MTU: let the kernel fragment.
        error = error < 0 ? error : set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    } else {
        error = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        error = error < 0 ? error : set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        error = error < 0 ? error : set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
    }
    error = error < 0 ? error : set_int(fd, SOL_SOCKET, SO_MARK, (int)MARK_OWN);
    if (error == 0 && set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES) < 0) {
        (void)set_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    }
    return error;
}

int udp_socket_open(struct udp_socket *udp, uint8_t family, uint16_t port)
{
    struct endpoint any = {.address = {.family = family}, .port = port};
    struct sockaddr_storage sa;
    socklen_t n = endpoint_to_sockaddr(&any, &sa);
    int fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    udp->fd = -1;
    if (fd < 0) {
        return -errno;
    }
    int error = set_options(fd, family);
    if (error == 0 && bind(fd, (struct sockaddr *)&sa, n) < 0) {
        error = -errno;
    }
    if (error < 0) {
        close(fd);
        return error;
    }
    udp->fd = fd;
    udp->family = family;
    udp->port = port;
    return 0;
}

// The address that it came to.
static bool find_local(struct msghdr *msg, uint16_t port, struct endpoint *ret_local)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        struct bytes ip = {0};
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            ip = bytes_of(&((struct in_pktinfo *)(void *)CMSG_DATA(c))->ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            ip = bytes_of(&((struct in6_pktinfo *)(void *)CMSG_DATA(c))->ipi6_addr, 16);
        }
        if (ip.n) {
            ret_local->port = port;
            return address_from_bytes(ip, &ret_local->address) == 0;
        }
    }
    return false;
}

static bool receive_one(struct udp_socket *udp)
{
    static uint8_t buffer[IKE_MESSAGE_MAX_BYTES + 1]; // the loop's thread alone
    struct sockaddr_storage from;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo)) + 64];
    struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
    struct msghdr msg = {.msg_name = &from,
                         .msg_namelen = sizeof(from),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    struct endpoint local = {0};
    struct endpoint remote;
    ssize_t n = recvmsg(udp->fd, &msg, 0);
    if (n < 0) {
        return errno != EAGAIN && errno != EWOULDBLOCK; // others are ICMP errors of earlier sends
    }
    if (endpoint_from_sockaddr((struct sockaddr *)&from, &remote) == 0 && find_local(&msg, udp->port, &local)) {
        udp->on_datagram(udp->arg, &local, &remote, bytes_of(buffer, (size_t)n));
    }
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct udp_socket *udp = poll->data;
    (void)events;
    if (status < 0) {
        return;
    }
    for (int i = 0; i < BURST_PKTS && udp->polling && receive_one(udp); i++) {
    }
}

int udp_socket_start(struct udp_socket *udp, uv_loop_t *loop, udp_socket_fn *on_datagram, void *arg)
{
    if (udp->fd < 0) {
        return 0;
    }
    udp->on_datagram = on_datagram;
    udp->arg = arg;
    int error = uv_poll_init(loop, &udp->poll, udp->fd);
    if (error < 0) {
        return error;
    }
    udp->poll.data = udp;
    udp->polling = true;
    return uv_poll_start(&udp->poll, UV_READABLE, on_readable);
}

static void put_local(struct msghdr *msg, const struct address *local)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    if (local->family == 4) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, local->b, 4);
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof(info))};
        memcpy(CMSG_DATA(c), &info, sizeof(info));
        msg->msg_controllen = CMSG_SPACE(sizeof(info));
    } else {
        struct in6_pktinfo info = {0};
        memcpy(&info.ipi6_addr, local->b, 16);
        *c =
            (struct cmsghdr){.cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO, .cmsg_len = CMSG_LEN(sizeof(info))};
        memcpy(CMSG_DATA(c), &info, sizeof(info));
        msg->msg_controllen = CMSG_SPACE(sizeof(info));
    }
}

void udp_socket_send(const struct udp_socket *udp, const struct endpoint *local, const struct endpoint *remote,
                     struct bytes datagram)
{
    struct sockaddr_storage to;
    union {
        struct cmsghdr align;
        uint8_t b[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control = {0};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)datagram.p, .iov_len = datagram.n};
    struct msghdr msg = {.msg_name = &to,
                         .msg_namelen = endpoint_to_sockaddr(remote, &to),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.b,
                         .msg_controllen = sizeof(control.b)};
    put_local(&msg, &local->address);
    if (udp->fd >= 0 && sendmsg(udp->fd, &msg, 0) < 0) {
        char text[ENDPOINT_TEXT_MAX];
        log_debug("send_failed", LOG_STR("remote", endpoint_format(remote, text, sizeof(text))), LOG_ERRNO(errno));
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct udp_socket *udp = handle->data;
    close(udp->fd);
    udp->fd = -1;
}

void udp_socket_close(struct udp_socket *udp)
{
    if (udp->polling) {
        udp->polling = false;
        uv_close((uv_handle_t *)&udp->poll, on_closed);
    }
}
