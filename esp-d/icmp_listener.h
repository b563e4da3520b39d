// The sockets on which routers' ICMP errors about our ESP packets arrive. Read a few at a time, at each tick: what a
// flood of them sends beyond that is lost in the socket's small buffer, and the next probe brings an answer again.
// Thread: main.
#ifndef BULKHEAD_ESP_ICMP_LISTENER_H
#define BULKHEAD_ESP_ICMP_LISTENER_H

#include "esp-d/icmp_hint.h"

struct icmp_listener {
    int fd4;
    int fd6; // -1: this machine has no IPv6
};

// Needs privileges. 0 or -errno.
int icmp_listener_open(struct icmp_listener *ret_listener);
void icmp_listener_close(struct icmp_listener *listener);
// What has arrived, ESP_HINTS_PER_TICK messages at most of each family.
void icmp_listener_read(const struct icmp_listener *listener, void (*hint)(void *arg, const struct icmp_hint *hint),
                        void *arg);

#endif
