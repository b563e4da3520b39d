// Room in a socket's buffer. When it is full, waiting a little is better than dropping, so that TCP feels it as delay;
// but once in vain, a burst waits no more.
#ifndef BULKHEAD_ESP_SEND_ROOM_H
#define BULKHEAD_ESP_SEND_ROOM_H

#include <poll.h>
#include <stdbool.h>

#include "esp-d/esp_limits.h"

struct send_room {
    bool is_stuck;
};

// There is some, now or after at most ESP_SEND_WAIT_MS. A burst begins with a zeroed one.
static inline bool send_room_wait(struct send_room *room, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    if (!room->is_stuck)
        room->is_stuck = poll(&p, 1, ESP_SEND_WAIT_MS) <= 0;
    return !room->is_stuck;
}

#endif
