// The end of an edge that calls: connects, checks who answers, and tries again.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "lib/ipc/node_state.h"

// SO_PEERCRED of a connected socket is its listener's uid at the time of listen(): the role's own, after its drop.
static int check_server(int fd, uid_t uid)
{
    struct ucred cred;
    socklen_t size = sizeof(cred);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
        return -errno;
    return cred.uid == uid ? 0 : -EPERM;
}

static int connect_to(const char *path, uid_t uid)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, r;

    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    r = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : check_server(fd, uid);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

static void on_retry(uv_timer_t *timer)
{
    struct peer *peer = timer->data;
    struct ipc_node *node = peer->node;
    int fd;

    if (peer->connection)
        return;
    fd = connect_to(peer->path, node->config.uid_of_role(peer->role));
    if (fd >= 0) {
        node_connected(node, peer->role, fd);
        return;
    }
    if (!peer->is_reported)
        log_at(fd == -EPERM ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "edge_waiting",
               LOG_STR("peer", node->config.name_of_role(peer->role)), LOG_ERRNO(fd));
    peer->is_reported = true;
    link_retry(peer);
}

void link_retry(struct peer *peer)
{
    bool is_recycled = peer->node->config.recycled & ROLE_BIT(peer->role);
    uint32_t max_ms = is_recycled ? IPC_LINK_RETRY_RECYCLED_MAX_MS : IPC_LINK_RETRY_MAX_MS;

    if (!peer->path)
        return;
    peer->wait_ms = peer->wait_ms ? peer->wait_ms * 2 : IPC_LINK_RETRY_MIN_MS;
    if (peer->wait_ms > max_ms)
        peer->wait_ms = max_ms;
    uv_timer_start(&peer->retry, on_retry, peer->wait_ms, 0);
}

int ipc_node_link(struct ipc_node *node, enum role role, const char *path)
{
    struct peer *peer;

    if (role <= ROLE_NONE || role >= ROLE_COUNT)
        return -EINVAL;
    peer = &node->peers[role];
    if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return -ENAMETOOLONG;
    if (peer->path)
        return -EBUSY;
    peer->path = strdup(path);
    if (!peer->path)
        return -ENOMEM;
    uv_timer_init(node->config.loop, &peer->retry);
    peer->retry.data = peer;
    node->handles++;
    // The first try comes from the loop, too, so that on_peer never runs before the caller is ready for it.
    return uv_timer_start(&peer->retry, on_retry, 0, 0);
}

static void on_closed(uv_handle_t *handle)
{
    struct peer *peer = handle->data;

    node_handle_closed(peer->node);
}

void link_close(struct peer *peer)
{
    if (!peer->path)
        return;
    free(peer->path);
    peer->path = NULL;
    uv_close((uv_handle_t *)&peer->retry, on_closed);
}
