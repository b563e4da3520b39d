#include "lib/ipc/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/core/secret.h"
#include "lib/ipc/ipc_limits.h"
#include "lib/ipc/node_state.h"

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct ipc_connection *c)
{
    int events = UV_READABLE | (c->first ? UV_WRITABLE : 0);

    if (!c->closed)
        uv_poll_start(&c->poll, events, on_poll);
}

static void drop_first(struct ipc_connection *c)
{
    struct frame_buffer *buffer = c->first;

    c->first = buffer->next;
    if (!c->first)
        c->last = NULL;
    c->queued_frames--;
    c->queued_bytes -= buffer->n;
    frame_buffer_free(buffer);
}

static int send_one(const struct ipc_connection *c, const struct frame_buffer *buffer)
{
    struct iovec iov = {.iov_base = (void *)buffer->b, .iov_len = buffer->n};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    while (sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return 0;
}

// 0 when all is sent or the socket is full.
static int flush(struct ipc_connection *c)
{
    int r = 0;

    while (c->first) {
        r = send_one(c, c->first);
        if (r < 0)
            break;
        drop_first(c);
    }
    watch(c);
    return r == -EAGAIN ? 0 : r;
}

static void enqueue(struct ipc_connection *c, struct frame_buffer *buffer)
{
    if (c->last)
        c->last->next = buffer;
    else
        c->first = buffer;
    c->last = buffer;
    c->queued_frames++;
    c->queued_bytes += buffer->n;
}

bool connection_has_room(const struct ipc_connection *c)
{
    return c->queued_frames < IPC_QUEUE_MAX_FRAMES && c->queued_bytes < IPC_QUEUE_MAX_BYTES;
}

void connection_send(struct ipc_connection *c, struct frame_buffer *buffer)
{
    if (c->broken) { // nothing more piles up until the loop ends it
        frame_buffer_free(buffer);
        return;
    }
    // Most often the socket has room, and the loop need not come by. An error shows again in flush().
    if (!c->first && send_one(c, buffer) == 0) {
        frame_buffer_free(buffer);
        return;
    }
    enqueue(c, buffer);
    if (c->queued_frames > 2 * IPC_QUEUE_MAX_FRAMES || c->queued_bytes > 2 * IPC_QUEUE_MAX_BYTES) {
        c->broken = "peer does not read its answers";
        node_wake_at(c->node, node_now_ms(c->node));
    }
    watch(c);
}

// No method carries descriptors now. Whatever came along is closed, and counted by the caller.
static unsigned close_descriptors(struct msghdr *msg)
{
    unsigned count = 0;

    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
        size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
            close(fd);
            count++;
        }
    }
    return count;
}

// More than 0: bytes; 0: nothing there now; else an errno, -ECONNRESET for the end, -EPROTO with a broken rule.
static ssize_t receive(struct ipc_connection *c, const char **ret_reason)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
    } control;
    struct iovec iov = {.iov_base = c->node->datagram, .iov_len = sizeof(c->node->datagram)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    unsigned fds;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    fds = close_descriptors(&msg);
    if (fds || msg.msg_flags & MSG_CTRUNC)
        *ret_reason = "descriptors with a method that carries none";
    else if (msg.msg_flags & MSG_TRUNC)
        *ret_reason = "frame too long";
    else
        return n == 0 ? -ECONNRESET : n; // an empty frame is no frame: the same as the end
    return -EPROTO;
}

static void read_burst(struct ipc_connection *c)
{
    for (unsigned i = 0; i < IPC_READ_BURST_FRAMES && !c->closed && !c->broken; i++) {
        const char *reason = NULL;
        ssize_t n = receive(c, &reason);

        if (n == 0)
            return;
        if (n < 0 && n != -EPROTO) {
            c->node->events.on_end(c, n == -ECONNRESET ? "closed by peer" : strerror((int)-n), false);
            return;
        }
        if (n > 0)
            reason = c->node->events.on_datagram(c, bytes_of(c->node->datagram, (size_t)n));
        // A frame that broke a rule of the socket may hold a key as well, up to the last byte that fits.
        secret_wipe(c->node->datagram, n > 0 ? (size_t)n : sizeof(c->node->datagram));
        if (reason && !c->closed)
            c->node->events.on_end(c, reason, true);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct ipc_connection *c = poll->data;
    int r = 0;

    // What the peer sent before it went is read first.
    if (status < 0 || events & UV_READABLE)
        read_burst(c);
    if (!c->closed && status >= 0 && events & UV_WRITABLE)
        r = flush(c);
    if (!c->closed && status < 0)
        c->node->events.on_end(c, "closed by peer", false);
    else if (!c->closed && r < 0)
        c->node->events.on_end(c, strerror(-r), false);
}

struct ipc_connection *connection_new(struct ipc_node *node, enum role role, int fd)
{
    struct ipc_connection *c = calloc(1, sizeof(*c));

    if (!c || uv_poll_init(node->config.loop, &c->poll, fd) < 0) {
        free(c);
        close(fd);
        return NULL;
    }
    c->node = node;
    c->role = role;
    c->fd = fd;
    c->poll.data = c;
    c->up_since_ms = node_now_ms(node);
    node->handles++;
    watch(c);
    return c;
}

static void on_closed(uv_handle_t *handle)
{
    struct ipc_connection *c = handle->data;
    struct ipc_node *node = c->node;

    close(c->fd);
    while (c->first)
        drop_first(c);
    free(c);
    node_handle_closed(node);
}

void connection_close(struct ipc_connection *c)
{
    if (c->closed)
        return;
    c->closed = true;
    // The peer learns of it now, not when the loop comes round.
    shutdown(c->fd, SHUT_RDWR);
    uv_close((uv_handle_t *)&c->poll, on_closed);
}
