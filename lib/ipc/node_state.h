// The inside of a node, shared by the files of this folder.
#ifndef BULKHEAD_IPC_NODE_STATE_H
#define BULKHEAD_IPC_NODE_STATE_H

#include <sys/queue.h>

#include "lib/core/ratelimit.h"
#include "lib/ipc/connection.h"
#include "lib/ipc/ipc_limits.h"
#include "lib/ipc/node.h"

// A call of ours that waits for its answer. `connection` is NULL when it has failed already and only waits for its
// turn.
struct call {
    TAILQ_ENTRY(call) entry;
    uint64_t id;
    struct ipc_connection *connection;
    const struct ipc_method *method;
    uint64_t due_ms;
    // To a recycled role: the request, to be sent (again) when its successor is there, and how long it waits for that
    // one.
    struct frame_buffer *frame;
    uint64_t wait_until_ms; // 0: it does not wait
    uint32_t error;
    const char *text;
    ipc_result_fn *on_result;
    void *arg;
};
TAILQ_HEAD(call_list, call);

struct ipc_request {
    LIST_ENTRY(ipc_request) entry;
    struct ipc_connection *connection; // NULL when it is gone
    struct peer *peer;                 // NULL when the node is being freed
    enum role role;
    uint64_t id;
    const struct ipc_method *method;
};

LIST_HEAD(request_list, ipc_request);

struct peer {
    struct ipc_node *node;
    enum role role;
    struct ipc_connection *connection; // NULL: down
    char *path;                        // of the link; NULL: this peer connects to us
    uv_timer_t retry;                  // with a path
    uint32_t wait_ms;
    bool is_reported; // one log line for an outage
    // Where it connects to us.
    bool is_listening;
    int listen_fd;
    uv_poll_t accept_poll;
    uv_timer_t accept_retry;
    // Its requests that wait for an answer, also those of connections that are gone: else it could have any number of
    // them by connecting again and again.
    struct request_list requests;
    size_t request_count;
};

struct ipc_node {
    struct ipc_node_config config;
    struct connection_events events;
    struct peer peers[ROLE_COUNT];
    uint32_t state;   // enum ipc_state
    unsigned handles; // open libuv handles; the node goes with the last
    bool is_closing;
    bool is_draining; // requests are left to the successor
    bool is_leaving;  // goodbye is said

    struct ratelimit stranger_log;

    uint64_t last_call_id;
    size_t call_count;
    struct call_list calls;   // waiting
    struct call_list expired; // taken off the list above, call-back to come
    uv_timer_t timer;         // earliest deadline, failed calls, broken connections
    uint64_t timer_at_ms;     // 0: not running

    uint8_t datagram[IPC_FRAME_MAX_BYTES];
};

// node.c
uint64_t node_now_ms(struct ipc_node *node);
// Makes the node's timer fire at that time or before.
void node_wake_at(struct ipc_node *node, uint64_t at_ms);
// A libuv handle of the node is closed.
void node_handle_closed(struct ipc_node *node);
// A new connection of that role; takes the descriptor and replaces an older connection.
void node_connected(struct ipc_node *node, enum role role, int fd);
// Ends a connection: calls fail, requests are orphaned, on_peer, and the link's next try.
void node_disconnect(struct ipc_connection *connection, const char *reason, bool violation);

// listen.c
void listen_close(struct peer *peer);
// Lets nobody in any more; who waits for it already is accepted.
void listen_end(struct peer *peer);

// link.c
void link_retry(struct peer *peer);
void link_close(struct peer *peer);

// dispatch.c
const char *node_dispatch_frame(struct ipc_connection *connection, struct bytes datagram);

// call.c
// An answer came in. NULL, or the rule it breaks.
const char *call_answer(struct ipc_connection *connection, const Bulkhead__Internal__V1__Frame *frame);
// Ends all calls of that connection (NULL: of all connections) as UNAVAILABLE.
void call_fail_all(struct ipc_node *node, const struct ipc_connection *connection);
// The peer said goodbye: what it has not answered waits for its successor.
void call_park_all(struct ipc_node *node, const struct ipc_connection *connection);
// The successor is there.
void call_send_parked(struct ipc_node *node, struct ipc_connection *connection);
// Ends what is due or has failed; wakes again for the earliest of the rest.
void call_expire(struct ipc_node *node, uint64_t now_ms);

// request.c
struct ipc_request *request_new(struct ipc_connection *connection, const Bulkhead__Internal__V1__Frame *frame,
                                const struct ipc_method *method);
// The connection of that peer has ended: its requests stay with their handlers, and go nowhere when answered.
void request_orphan_all(struct peer *peer);
// The node goes, too.
void request_forget_all(struct peer *peer);

#endif
