#include "lib/ipc/node.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "lib/ipc/node_state.h"

uint64_t node_now_ms(struct ipc_node *node)
{
    // A handler may have run long; deadlines count from the real time.
    uv_update_time(node->config.loop);
    return uv_now(node->config.loop);
}

static struct ipc_connection *find_broken(struct ipc_node *node)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        if (node->peers[role].connection && node->peers[role].connection->broken)
            return node->peers[role].connection;
    return NULL;
}

static void on_timer(uv_timer_t *timer)
{
    struct ipc_node *node = timer->data;
    struct ipc_connection *broken;

    node->timer_at_ms = 0;
    while (!node->is_closing && (broken = find_broken(node)))
        node_disconnect(broken, broken->broken, true);
    if (!node->is_closing)
        call_expire(node, node_now_ms(node));
}

void node_wake_at(struct ipc_node *node, uint64_t at_ms)
{
    uint64_t now_ms = node_now_ms(node);

    if (node->is_closing || (node->timer_at_ms && node->timer_at_ms <= at_ms))
        return;
    node->timer_at_ms = at_ms ? at_ms : 1;
    uv_timer_start(&node->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

struct ipc_node *ipc_node_new(const struct ipc_node_config *config)
{
    struct ipc_node *node = calloc(1, sizeof(*node));

    if (!node)
        return NULL;
    node->config = *config;
    node->events = (struct connection_events){.on_datagram = node_dispatch_frame, .on_end = node_disconnect};
    for (int role = 0; role < ROLE_COUNT; role++)
        node->peers[role] = (struct peer){.node = node, .role = (enum role)role}; // zero: an empty list
    TAILQ_INIT(&node->calls);
    TAILQ_INIT(&node->expired);
    uv_timer_init(config->loop, &node->timer);
    node->timer.data = node;
    node->handles = 1;
    ratelimit_init(&node->stranger_log, IPC_STRANGER_LOG_PER_S, 5, node_now_ms(node));
    return node;
}

void node_handle_closed(struct ipc_node *node)
{
    if (--node->handles == 0 && node->is_closing)
        free(node);
}

static void on_timer_closed(uv_handle_t *handle)
{
    node_handle_closed(handle->data);
}

void ipc_node_free(struct ipc_node *node)
{
    if (!node || node->is_closing)
        return;
    node->is_closing = true;
    call_fail_all(node, NULL);
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct peer *peer = &node->peers[role];

        request_forget_all(peer);
        if (peer->connection) {
            connection_close(peer->connection);
            peer->connection = NULL;
        }
        link_close(peer);
        listen_close(peer);
    }
    uv_close((uv_handle_t *)&node->timer, on_timer_closed);
}

void ipc_node_drain(struct ipc_node *node)
{
    node->is_draining = true;
}

static void say_goodbye(struct ipc_connection *c)
{
    Bulkhead__Internal__V1__Frame head = BULKHEAD__INTERNAL__V1__FRAME__INIT;
    struct frame_buffer *buffer;

    head.kind = BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_GOODBYE;
    if (frame_pack(&head, NULL, &buffer) == 0)
        connection_send(c, buffer);
}

bool ipc_node_leave(struct ipc_node *node)
{
    bool is_alone = true;

    for (int role = 0; role < ROLE_COUNT; role++) {
        link_close(&node->peers[role]);
        listen_end(&node->peers[role]);
    }
    node->is_leaving = true;
    for (int role = 0; role < ROLE_COUNT; role++) {
        if (!ipc_node_is_up(node, (enum role)role))
            continue;
        say_goodbye(node->peers[role].connection);
        is_alone = false;
    }
    return is_alone;
}

void ipc_node_reach_state(struct ipc_node *node, uint32_t state)
{
    node->state |= state;
}

bool ipc_node_is_up(const struct ipc_node *node, enum role role)
{
    return role < ROLE_COUNT && node->peers[role].connection && !node->peers[role].connection->broken;
}

void node_connected(struct ipc_node *node, enum role role, int fd)
{
    struct peer *peer = &node->peers[role];

    if (peer->connection)
        node_disconnect(peer->connection, "replaced by a newer connection", false);
    // on_peer may have closed the node, or a link may have come up meanwhile.
    if (node->is_closing || peer->connection) {
        close(fd);
        return;
    }
    peer->connection = connection_new(node, role, fd);
    if (!peer->connection) {
        log_warning("edge_failed", LOG_STR("peer", node->config.name_of_role(role)), LOG_STR("error", "no memory"));
        link_retry(peer);
        return;
    }
    peer->is_reported = false;
    log_info("edge_up", LOG_STR("peer", node->config.name_of_role(role)));
    call_send_parked(node, peer->connection);
    if (node->config.on_peer)
        node->config.on_peer(node->config.arg, role, true);
}

// Recycled roles come and go.
static enum log_level level_of_end(const struct ipc_node *node, const struct ipc_connection *connection, bool violation)
{
    if (violation)
        return LOG_LEVEL_ERROR;
    return node->is_leaving || node->config.recycled & ROLE_BIT(connection->role) ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE;
}

void node_disconnect(struct ipc_connection *connection, const char *reason, bool violation)
{
    struct ipc_node *node = connection->node;
    struct peer *peer = &node->peers[connection->role];
    uint64_t stood_ms = node_now_ms(node) - connection->up_since_ms;

    if (connection->closed)
        return;
    log_at(level_of_end(node, connection, violation), violation ? "edge_violation" : "edge_down",
           LOG_STR("peer", node->config.name_of_role(connection->role)), LOG_STR("reason", reason));
    peer->connection = NULL;
    request_orphan_all(peer);
    connection_close(connection);
    call_fail_all(node, connection);
    if (!node->is_closing && node->config.on_peer)
        node->config.on_peer(node->config.arg, peer->role, false);
    if (stood_ms >= IPC_LINK_STEADY_MS)
        peer->wait_ms = 0;
    if (!node->is_closing)
        link_retry(peer);
}
