// Listens to the kernel's news about links, addresses, rules and routes, and has the firewall repaired soon after; also
// once a second without any news.
#ifndef BULKHEAD_FW_WATCH_H
#define BULKHEAD_FW_WATCH_H

#include <uv.h>

#include "fw-d/firewall.h"

struct watch {
    struct firewall *firewall;
    struct netlink news;
    uv_poll_t poll;
    uv_timer_t soon;
    uv_timer_t period;
    bool started;
};

// Opens the socket. 0 or -errno.
int watch_open(struct watch *watch, struct firewall *firewall);
int watch_start(struct watch *watch, uv_loop_t *loop);
// Closes handles and socket.
void watch_stop(struct watch *watch);
// Is a message of the kernel's about something of ours? Pure.
bool watch_is_relevant(const struct nlmsghdr *message);

#endif
