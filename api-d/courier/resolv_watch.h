// Watches /etc/resolv.conf, and the folder that holds it (and where it leads to, being a link): when another one comes,
// the courier ends, and its next life reads that one before it enters the sandbox, in which no file can be opened.
#ifndef BULKHEAD_API_COURIER_RESOLV_WATCH_H
#define BULKHEAD_API_COURIER_RESOLV_WATCH_H

#include <limits.h>
#include <stdbool.h>

#include <uv.h>

struct resolv_watch {
    int fd;                      // of inotify; -1: none
    char names[2][NAME_MAX + 1]; // that file in those folders
    uv_poll_t poll;
    uv_timer_t settle;
    bool started;
    void (*on_changed)(void *arg);
    void *arg;
};

// With privileges. What can't be watched is left alone. 0 or -errno.
int resolv_watch_open(struct resolv_watch *watch, const char *path);
int resolv_watch_start(struct resolv_watch *watch, uv_loop_t *loop, void (*on_changed)(void *arg), void *arg);
void resolv_watch_close(struct resolv_watch *watch);

#endif
