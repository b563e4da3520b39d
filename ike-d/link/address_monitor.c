#include "ike-d/link/address_monitor.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/core/log.h"

#define SETTLE_MS 100
// Datagrams in one turn of the loop.
#define BURST_PKTS 64

int address_monitor_open(struct address_monitor *monitor)
{
    struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
                                 .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                              RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE};
    monitor->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (monitor->fd < 0) {
        return -errno;
    }
    if (bind(monitor->fd, (struct sockaddr *)&groups, sizeof(groups)) < 0) {
        int error = -errno;
        close(monitor->fd);
        monitor->fd = -1;
        return error;
    }
    return 0;
}

static void on_settled(uv_timer_t *timer)
{
    struct address_monitor *monitor = timer->data;
    monitor->on_change(monitor->arg);
}

// Also when the socket has overflown (ENOBUFS): that is a change, too.
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct address_monitor *monitor = poll->data;
    uint8_t ignored[64];
    struct iovec iov = {.iov_base = ignored, .iov_len = sizeof(ignored)};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    (void)events;
    for (int i = 0; i < BURST_PKTS && status == 0; i++) {
        if (recvmsg(monitor->fd, &message, 0) < 0 && errno != ENOBUFS) {
            break;
        }
    }
    if (!uv_is_active((uv_handle_t *)&monitor->settle)) {
        uv_timer_start(&monitor->settle, on_settled, SETTLE_MS, 0);
    }
}

int address_monitor_start(struct address_monitor *monitor, uv_loop_t *loop, address_monitor_fn *on_change, void *arg)
{
    monitor->on_change = on_change;
    monitor->arg = arg;
    int error = uv_timer_init(loop, &monitor->settle);
    if (error == 0) {
        error = uv_poll_init(loop, &monitor->poll, monitor->fd);
    }
    if (error < 0) {
        return error;
    }
    monitor->polling = true;
    monitor->settle.data = monitor;
    monitor->poll.data = monitor;
    return uv_poll_start(&monitor->poll, UV_READABLE, on_readable);
}

static void on_closed(uv_handle_t *handle)
{
    struct address_monitor *monitor = handle->data;
    close(monitor->fd);
    monitor->fd = -1;
}

void address_monitor_close(struct address_monitor *monitor)
{
    if (monitor->polling) {
        monitor->polling = false;
        uv_close((uv_handle_t *)&monitor->settle, NULL);
        uv_close((uv_handle_t *)&monitor->poll, on_closed);
    }
}
