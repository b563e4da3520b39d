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
    mask = umask(0117); // 0660 from the first moment
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

static enum role role_of_uid(const struct ipc_node *node, uid_t uid)
{
    for (int role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
        if (node->callers & ROLE_BIT(role) && node->config.uid_of_role((enum role)role) == uid)
            return (enum role)role;
    return ROLE_NONE;
}

static void accepted(struct ipc_node *node, int fd)
{
    struct ucred cred = {.uid = (uid_t)-1};
    socklen_t size = sizeof(cred);
    enum role role = ROLE_NONE;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) == 0)
        role = role_of_uid(node, cred.uid);
    if (role != ROLE_NONE) {
        node_connected(node, role, fd);
        return;
    }
    close(fd);
    if (ratelimit_take(&node->stranger_log, node_now_ms(node)))
        log_warning("edge_stranger", LOG_UINT("uid", cred.uid), LOG_INT("pid", cred.pid));
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_accept_retry(uv_timer_t *timer)
{
    struct ipc_node *node = timer->data;

    uv_poll_start(&node->accept_poll, UV_READABLE, on_connection);
}

// Without descriptors or memory the waiting connection stays readable: looking away saves us from spinning.
static void pause_accepting(struct ipc_node *node, int error)
{
    log_warning("edge_accept_failed", LOG_ERRNO(error));
    uv_poll_stop(&node->accept_poll);
    uv_timer_start(&node->accept_retry, on_accept_retry, IPC_ACCEPT_RETRY_MS, 0);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct ipc_node *node = poll->data;

    (void)status;
    (void)events;
    for (unsigned i = 0; i < IPC_ACCEPT_BURST && !node->is_closing; i++) {
        int fd = accept4(node->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            accepted(node, fd);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            pause_accepting(node, errno);
        return;
    }
}

int ipc_node_listen(struct ipc_node *node, int fd, uint32_t callers)
{
    int r;

    if (node->is_listening || listen(fd, IPC_LISTEN_BACKLOG) < 0) {
        r = node->is_listening ? -EBUSY : -errno;
        close(fd);
        return r;
    }
    r = uv_poll_init(node->config.loop, &node->accept_poll, fd);
    if (r < 0) {
        close(fd);
        return r;
    }
    uv_timer_init(node->config.loop, &node->accept_retry);
    node->accept_poll.data = node;
    node->accept_retry.data = node;
    node->handles += 2;
    node->listen_fd = fd;
    node->callers = callers;
    node->is_listening = true;
    return uv_poll_start(&node->accept_poll, UV_READABLE, on_connection);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct ipc_node *node = handle->data;

    close(node->listen_fd);
    node_handle_closed(node);
}

static void on_retry_closed(uv_handle_t *handle)
{
    node_handle_closed(handle->data);
}

void listen_close(struct ipc_node *node)
{
    if (!node->is_listening)
        return;
    uv_close((uv_handle_t *)&node->accept_poll, on_poll_closed);
    uv_close((uv_handle_t *)&node->accept_retry, on_retry_closed);
}
