#include "esp-d/icmp_listener.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "esp-d/esp_limits.h"

// The largest quotation that routers make is far shorter (RFC 4443 3.2: the whole message within 1280).
#define MESSAGE_BYTES_MAX 2048u

static int filter_ipv4(int fd)
{
    struct icmp_filter pass = {.data = ~(1u << ICMP_DEST_UNREACH)};

    return setsockopt(fd, SOL_RAW, ICMP_FILTER, &pass, sizeof(pass));
}

static int filter_ipv6(int fd)
{
    struct icmp6_filter pass;

    ICMP6_FILTER_SETBLOCKALL(&pass);
    ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &pass);
    return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &pass, sizeof(pass));
}

static int open_family(int family)
{
    int protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6, buffer = ESP_HINT_BUFFER_BYTES, err;
    int fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

    if (fd < 0)
        return -errno;
    if ((family == AF_INET ? filter_ipv4(fd) : filter_ipv6(fd)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) < 0) {
        err = -errno;
        close(fd);
        return err;
    }
    return fd;
}

int icmp_listener_open(struct icmp_listener *ret_listener)
{
    struct icmp_listener l;

    l.fd4 = open_family(AF_INET);
    if (l.fd4 < 0)
        return l.fd4;
    l.fd6 = open_family(AF_INET6);
    if (l.fd6 < 0 && l.fd6 != -EAFNOSUPPORT) {
        close(l.fd4);
        return l.fd6;
    }
    if (l.fd6 < 0)
        l.fd6 = -1;
    *ret_listener = l;
    return 0;
}

void icmp_listener_close(struct icmp_listener *l)
{
    if (l->fd4 >= 0)
        close(l->fd4);
    if (l->fd6 >= 0)
        close(l->fd6);
    l->fd4 = l->fd6 = -1;
}

void icmp_listener_read(const struct icmp_listener *l, void (*hint)(void *arg, const struct icmp_hint *hint), void *arg)
{
    const int fds[] = {l->fd4, l->fd6};
    uint8_t message[MESSAGE_BYTES_MAX];
    struct icmp_hint found;

    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; fds[i] >= 0 && k < ESP_HINTS_PER_TICK; k++) {
            struct iovec piece = {message, sizeof(message)};
            struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
            ssize_t n = recvmsg(fds[i], &header, MSG_DONTWAIT);
            struct bytes bytes = bytes_of(message, n > 0 ? (size_t)n : 0);

            if (n < 0)
                break;
            if (i ? icmp_hint_parse_ipv6(bytes, &found) : icmp_hint_parse_ipv4(bytes, &found))
                hint(arg, &found);
        }
    }
}
