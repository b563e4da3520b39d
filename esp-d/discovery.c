#include "esp-d/discovery.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "esp-d/udp_control.h"

struct discovery {
    int level;
    int option;
    int whole; // the link's own size counts, not what an ICMP message made the kernel believe
};

static const struct discovery ipv4 = {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE};
static const struct discovery ipv6 = {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE};

static int send_one(int fd, const struct path *path, struct bytes packet)
{
    _Alignas(struct cmsghdr) uint8_t control[UDP_CONTROL_BYTES];
    struct iovec piece = {(void *)(uintptr_t)packet.p, packet.n};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)&path->to.any, .msg_namelen = path->to_bytes};

    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    udp_control_put(&message, control, &path->local.address, 0, 0);
    return sendmsg(fd, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}

int discovery_send_whole(int fd, const struct path *path, struct bytes packet)
{
    const struct discovery *d = path->remote.address.family == 4 ? &ipv4 : &ipv6;
    socklen_t n = sizeof(int);
    int before, err;

    if (fd < 0)
        return -EAFNOSUPPORT;
    if (getsockopt(fd, d->level, d->option, &before, &n) < 0 ||
        setsockopt(fd, d->level, d->option, &d->whole, sizeof(d->whole)) < 0)
        return -errno;
    err = send_one(fd, path, packet);
    if (setsockopt(fd, d->level, d->option, &before, sizeof(before)) < 0 && !err)
        err = -errno;
    return err;
}

void discovery_let_kernel_cut(int fd6)
{
    int how = IPV6_PMTUDISC_DONT;

    if (fd6 >= 0)
        setsockopt(fd6, ipv6.level, ipv6.option, &how, sizeof(how));
}
