#include "esp-d/udp_group.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

#include "esp-d/discovery.h"
#include "esp-d/esp_limits.h"
#include "esp-d/socket_options.h"

// Packets are made to fit the outer path (mtu.h); where it is narrower than what is known of it, routers cut them.
static int configure(int fd, int family)
{
    static const struct socket_option ipv4[] = {
        {IPPROTO_UDP, UDP_GRO, 1},
        {IPPROTO_IP, IP_PKTINFO, 1},
        {IPPROTO_IP, IP_RECVTOS, 1},
        {IPPROTO_IP, IP_MTU_DISCOVER, DISCOVERY_IPV4},
    };
    static const struct socket_option ipv6[] = {
        {IPPROTO_UDP, UDP_GRO, 1},
        {IPPROTO_IPV6, IPV6_V6ONLY, 1},
        {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1},
        {IPPROTO_IPV6, IPV6_RECVTCLASS, 1},
        {IPPROTO_IPV6, IPV6_MTU_DISCOVER, DISCOVERY_IPV6},
    };
    int err = socket_options_set_own(fd);

    if (err)
        return err;
    if (family == AF_INET)
        return socket_options_set(fd, ipv4, sizeof(ipv4) / sizeof(ipv4[0]));
    return socket_options_set(fd, ipv6, sizeof(ipv6) / sizeof(ipv6[0]));
}

static int bind_wildcard(int fd, int family, uint16_t port)
{
    struct endpoint any = {.address = {.family = family == AF_INET ? 4 : 6}, .port = port};
    struct sockaddr_storage sa;
    socklen_t n = endpoint_to_sockaddr(&any, &sa);

    return bind(fd, (struct sockaddr *)&sa, n) < 0 ? -errno : 0;
}

// The first one is bound alone, so that another holder of the port shows; then others may join it.
static int bind_member(int fd, int family, uint16_t port, bool is_first)
{
    static const struct socket_option shared = {SOL_SOCKET, SO_REUSEPORT, 1};
    int err = is_first ? 0 : socket_options_set(fd, &shared, 1);

    if (!err)
        err = bind_wildcard(fd, family, port);
    if (!err && is_first)
        err = socket_options_set(fd, &shared, 1);
    return err;
}

static int open_member(int family, uint16_t port, bool is_first)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
    int err;

    if (fd < 0)
        return -errno;
    err = configure(fd, family);
    if (!err)
        err = bind_member(fd, family, port, is_first);
    if (err) {
        close(fd);
        return err;
    }
    return fd;
}

// Returns the index in the group, which is the order of binding. The kernel runs it at the datagram's first byte; after
// a choice beyond the group it would choose by itself, so there is none.
static int attach_program(int fd, unsigned workers)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), // 0
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, DATAGRAM_MARKER_BYTES, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), // 2
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, workers), // 4: udp_group_worker
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
        BPF_STMT(BPF_RET | BPF_A, 0), // 6
        BPF_STMT(BPF_RET | BPF_K, 0), // 7: the control socket
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) < 0 ? -errno : 0;
}

static void close_all(int *fds, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        close(fds[i]);
}

// Nobody who takes one of the sockets over may change the choice; taking the program off altogether is a system call
// that the sandbox does not have.
static int open_family(int family, uint16_t port, unsigned n, int *ret_fds)
{
    static const struct socket_option lock = {SOL_SOCKET, SO_LOCK_FILTER, 1};
    unsigned opened = 0;
    int err = 0;

    for (; opened < n && !err; opened += !err) {
        ret_fds[opened] = open_member(family, port, opened == 0);
        err = ret_fds[opened] < 0 ? ret_fds[opened] : 0;
    }
    if (!err)
        err = attach_program(ret_fds[0], n - 1);
    for (unsigned i = 0; i < n && !err; i++)
        err = socket_options_set(ret_fds[i], &lock, 1);
    if (err)
        close_all(ret_fds, opened);
    return err;
}

int udp_group_open(uint16_t port, unsigned workers, struct udp *ret_sockets)
{
    int fds[2][ESP_WORKERS_MAX + 1];
    unsigned n = workers + 1;
    bool has_ipv6;
    int err = workers && workers <= ESP_WORKERS_MAX ? open_family(AF_INET, port, n, fds[0]) : -EINVAL;

    if (err)
        return err;
    err = open_family(AF_INET6, port, n, fds[1]);
    has_ipv6 = !err;
    if (err && err != -EAFNOSUPPORT && err != -EADDRNOTAVAIL) {
        close_all(fds[0], n);
        return err;
    }
    for (unsigned i = 0; i < n; i++)
        ret_sockets[i] = (struct udp){fds[0][i], has_ipv6 ? fds[1][i] : -1};
    return 0;
}
