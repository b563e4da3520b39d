// The end of an edge that is called: bind, listen, accept, and who that is.
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "lib/ipc/node_state.h"

int ipc_bind(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask;
    int fd, r;

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (unlink(path) < 0 && errno != ENOENT)
        goto fail;
    mask = umask(0177); // 0600 from the first moment
    r = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (r < 0)
        goto fail;
    return fd;
fail:
    r = -errno;
    close(fd);
    return r;
}

static void accepted(struct peer *peer, int fd)
{
    struct ipc_node *node = peer->node;
    struct ucred cred = {.uid = (uid_t)-1};
    socklen_t size = sizeof(cred);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) == 0 &&
        cred.uid == node->config.uid_of_role(peer->role)) {
        node_connected(node, peer->role, fd);
        return;
    }
    close(fd);
    if (ratelimit_take(&node->stranger_log, node_now_ms(node)))
        log_warning("edge_stranger", LOG_UINT("uid", cred.uid), LOG_INT("pid", cred.pid));
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_accept_retry(uv_timer_t *timer)
{
    struct peer *peer = timer->data;

    uv_poll_start(&peer->accept_poll, UV_READABLE, on_connection);
}

// Without descriptors or memory the waiting connection stays readable: looking away saves us from spinning.
static void pause_accepting(struct peer *peer, int error)
{
    log_warning("edge_accept_failed", LOG_ERRNO(error));
    uv_poll_stop(&peer->accept_poll);
    uv_timer_start(&peer->accept_retry, on_accept_retry, IPC_ACCEPT_RETRY_MS, 0);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct peer *peer = poll->data;

    (void)status;
    (void)events;
    for (unsigned i = 0; i < IPC_ACCEPT_BURST && !peer->node->is_closing; i++) {
        int fd = accept4(peer->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            accepted(peer, fd);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            pause_accepting(peer, errno);
        return;
    }
}

int ipc_node_listen(struct ipc_node *node, int fd, enum role caller)
{
    struct peer *peer;
    int r = 0;

    if (caller <= ROLE_NONE || caller >= ROLE_COUNT)
        r = -EINVAL;
    else if (node->peers[caller].is_listening)
        r = -EBUSY;
    else if (listen(fd, IPC_LISTEN_BACKLOG) < 0)
        r = -errno;
    if (r == 0)
        r = uv_poll_init(node->config.loop, &node->peers[caller].accept_poll, fd);
    if (r < 0) {
        close(fd);
        return r;
    }
    peer = &node->peers[caller];
    uv_timer_init(node->config.loop, &peer->accept_retry);
    peer->accept_poll.data = peer;
    peer->accept_retry.data = peer;
    node->handles += 2;
    peer->listen_fd = fd;
    peer->is_listening = true;
    return uv_poll_start(&peer->accept_poll, UV_READABLE, on_connection);
}

void listen_end(struct peer *peer)
{
    int fd;

    if (!peer->is_listening)
        return;
    shutdown(peer->listen_fd, SHUT_RDWR);
    while ((fd = accept4(peer->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
        accepted(peer, fd);
    listen_close(peer);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct peer *peer = handle->data;

    close(peer->listen_fd);
    node_handle_closed(peer->node);
}

static void on_retry_closed(uv_handle_t *handle)
{
    struct peer *peer = handle->data;

    node_handle_closed(peer->node);
}

void listen_close(struct peer *peer)
{
    if (!peer->is_listening)
        return;
    peer->is_listening = false;
    uv_close((uv_handle_t *)&peer->accept_poll, on_poll_closed);
    uv_close((uv_handle_t *)&peer->accept_retry, on_retry_closed);
}
