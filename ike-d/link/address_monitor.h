// Tells that addresses or routes of this host have changed: a netlink socket that is opened before the sandbox and
// hears of it from the kernel. What the messages say is not read: they only make us ask the routing again
// (route_probe.h).
#ifndef BULKHEAD_IKE_LINK_ADDRESS_MONITOR_H
#define BULKHEAD_IKE_LINK_ADDRESS_MONITOR_H

#include <stdbool.h>
#include <uv.h>

typedef void address_monitor_fn(void *arg);

struct address_monitor {
    int fd; // -1: none
    address_monitor_fn *on_change;
    void *arg;
    uv_poll_t poll;
    uv_timer_t settle; // many changes come at once
    bool polling;
};

int address_monitor_open(struct address_monitor *monitor); // -errno
int address_monitor_start(struct address_monitor *monitor, uv_loop_t *loop, address_monitor_fn *on_change, void *arg);
void address_monitor_close(struct address_monitor *monitor);

#endif
