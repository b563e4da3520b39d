#include "api-d/courier/resolv_watch.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define SETTLE_MS 500u // who writes such a file may do it in steps

static void watch_folder_of(struct resolv_watch *watch, const char *path, char *ret_name)
{
    char folder[PATH_MAX], name[PATH_MAX];

    if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
        return;
    memcpy(name, folder, sizeof(name));
    snprintf(ret_name, NAME_MAX + 1, "%s", basename(name));
    (void)inotify_add_watch(watch->fd, dirname(folder), IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MASK_ADD);
}

int resolv_watch_open(struct resolv_watch *watch, const char *path)
{
    char target[PATH_MAX];

    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->fd < 0)
        return -errno;
    watch_folder_of(watch, path, watch->names[0]);
    if (realpath(path, target)) {
        if (strcmp(target, path) != 0)
            watch_folder_of(watch, target, watch->names[1]);
        // itself, too: it may be mounted there from elsewhere
        (void)inotify_add_watch(watch->fd, target, IN_CLOSE_WRITE | IN_MASK_ADD);
    }
    return 0;
}

static void on_settled(uv_timer_t *timer)
{
    struct resolv_watch *watch = timer->data;

    watch->on_changed(watch->arg);
}

// Events of the file's own watch have no name.
static bool concerns(const struct resolv_watch *watch, const struct inotify_event *event, const char *name)
{
    return event->len == 0 || strcmp(name, watch->names[0]) == 0 || strcmp(name, watch->names[1]) == 0;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct resolv_watch *watch = poll->data;
    char room[4096];
    ssize_t n = status < 0 ? -1 : read(watch->fd, room, sizeof(room));
    struct inotify_event event;

    (void)events;
    if (n < 0 && errno != EAGAIN)
        uv_poll_stop(poll);
    for (ssize_t at = 0; at + (ssize_t)sizeof(event) <= n; at += (ssize_t)(sizeof(event) + event.len)) {
        memcpy(&event, room + at, sizeof(event));
        if (concerns(watch, &event, room + at + sizeof(event)))
            uv_timer_start(&watch->settle, on_settled, SETTLE_MS, 0);
    }
}

int resolv_watch_start(struct resolv_watch *watch, uv_loop_t *loop, void (*on_changed)(void *arg), void *arg)
{
    int r = uv_poll_init(loop, &watch->poll, watch->fd);

    if (r < 0)
        return r;
    uv_timer_init(loop, &watch->settle);
    watch->on_changed = on_changed;
    watch->arg = arg;
    watch->poll.data = watch->settle.data = watch;
    watch->started = true;
    return uv_poll_start(&watch->poll, UV_READABLE, on_readable);
}

void resolv_watch_close(struct resolv_watch *watch)
{
    if (watch->started) {
        uv_close((uv_handle_t *)&watch->poll, NULL);
        uv_close((uv_handle_t *)&watch->settle, NULL);
    }
    watch->started = false;
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}
