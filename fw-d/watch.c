#include "fw-d/watch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "fw-d/fw_limits.h"
#include "lib/core/log.h"
#include "lib/net/marks.h"

#define GROUP(name) (1u << (RTNLGRP_##name - 1))
#define GROUPS                                                                                                         \
    (GROUP(LINK) | GROUP(IPV4_IFADDR) | GROUP(IPV6_IFADDR) | GROUP(IPV4_ROUTE) | GROUP(IPV6_ROUTE) |                   \
     GROUP(IPV4_RULE) | GROUP(IPV6_RULE))
#define DATAGRAM_MAX_BYTES 65536u

int watch_open(struct watch *watch, struct firewall *firewall)
{
    watch->firewall = firewall;
    return netlink_open(&watch->news, NETLINK_ROUTE, GROUPS);
}

bool watch_is_relevant(const struct nlmsghdr *message)
{
    const struct nlattr *attr;

    if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE)
        return true;
    if (mnl_nlmsg_get_payload_len(message) < sizeof(struct rtmsg))
        return false;
    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(struct rtmsg)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == RTA_TABLE && mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
            return mnl_attr_get_u32(attr) == ROUTE_TABLE;
    }
    return false;
}

static int take_news(const struct nlmsghdr *message, void *arg)
{
    if (watch_is_relevant(message))
        *(bool *)arg = true;
    return 0;
}

static void on_soon(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    firewall_steady(watch->firewall);
}

static void on_period(uv_timer_t *timer)
{
    struct watch *watch = timer->data;

    if (!uv_is_active((uv_handle_t *)&watch->soon))
        firewall_steady(watch->firewall);
}

static void on_news(uv_poll_t *poll, int status, int events)
{
    static uint8_t buffer[DATAGRAM_MAX_BYTES];
    struct watch *watch = poll->data;
    struct answer_error error;
    bool relevant = status < 0; // when in doubt, look
    ssize_t n;

    (void)events;
    for (;;) {
        n = recv(netlink_fd(&watch->news), buffer, sizeof(buffer), MSG_DONTWAIT);
        if (n >= 0)
            (void)answer_walk(bytes_of(buffer, (size_t)n), 0, take_news, &relevant, &error);
        else if (errno == ENOBUFS) // news were lost
            relevant = true;
        else if (errno != EINTR)
            break;
    }
    if (relevant && !uv_is_active((uv_handle_t *)&watch->soon))
        uv_timer_start(&watch->soon, on_soon, FW_RECONCILE_DELAY_MS, 0);
}

int watch_start(struct watch *watch, uv_loop_t *loop)
{
    int r = uv_poll_init(loop, &watch->poll, netlink_fd(&watch->news));

    if (r < 0)
        return r;
    uv_timer_init(loop, &watch->soon);
    uv_timer_init(loop, &watch->period);
    watch->poll.data = watch->soon.data = watch->period.data = watch;
    watch->started = true;
    uv_timer_start(&watch->period, on_period, FW_RECONCILE_PERIOD_MS, FW_RECONCILE_PERIOD_MS);
    return uv_poll_start(&watch->poll, UV_READABLE, on_news);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;

    netlink_close(&watch->news);
}

void watch_stop(struct watch *watch)
{
    if (!watch->started)
        return;
    watch->started = false;
    uv_close((uv_handle_t *)&watch->poll, on_poll_closed);
    uv_close((uv_handle_t *)&watch->soon, NULL);
    uv_close((uv_handle_t *)&watch->period, NULL);
}
