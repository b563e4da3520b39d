// A process's place among the edges: it may listen for the daemons that call it, on a socket for each, and keeps a link
// to each that it calls. Connections are symmetrical once they stand: both ends may send requests and notifications, as
// far as the method table lets their role. One connection a pair of roles; a newer one replaces the older.
//
// Frames (internal/v1/ipc.proto) over SOCK_SEQPACKET. A peer daemon that breaks a rule (frame too long or truncated,
// unknown method, method not for its role, body that does not parse, wrong descriptors) loses its connection, which is
// logged. A method whose server has not reached the state that it needs is FAILED_PRECONDITION, since that can be a
// race. All buffers are wiped, since any of them may hold a key. Everything runs in the loop's thread.
#ifndef BULKHEAD_IPC_NODE_H
#define BULKHEAD_IPC_NODE_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "lib/ipc/method.h"

struct ipc_node;
struct ipc_request;

// Handles one request or notification. `message` is lent until the function returns; `request` is NULL for
// notifications, else it must be answered once, now or later, by ipc_request_reply or ipc_request_fail.
typedef void ipc_handler_fn(void *arg, struct ipc_request *request, const ProtobufCMessage *message);

struct ipc_handler {
    uint32_t method;
    ipc_handler_fn *handle;
};

struct ipc_node_config {
    uv_loop_t *loop;
    enum role self;
    const struct ipc_method *methods;
    // The uid that a role must have, both ways (SO_PEERCRED).
    uid_t (*uid_of_role)(enum role role);
    const char *(*name_of_role)(enum role role);
    const struct ipc_handler *handlers; // ends with method 0; lent for the node's life
    void *arg;                          // for handlers and on_peer
    // ROLE_BITs of those that end by themselves after some work and come back at once (ipc_node_leave). Calls to them
    // wait up to 2 s for their successor, within their deadline, instead of ending UNAVAILABLE.
    uint32_t recycled;
    // A connection with that role came up or went down; may be NULL. On down, outstanding calls have failed already.
    void (*on_peer)(void *arg, enum role role, bool up);
};

// NULL without memory.
struct ipc_node *ipc_node_new(const struct ipc_node_config *config);
// Closes everything; outstanding calls fail with UNAVAILABLE first; on_peer is not called. The node is freed when the
// loop has closed its handles. NULL is taken.
void ipc_node_free(struct ipc_node *node);

// Makes and binds a SEQPACKET socket at `path` (an old one is unlinked), mode 0600. Its owner, the one who may connect,
// is the first hurdle, so that strangers can't even fill the queue; who it is, by uid, the second.
// Returns the descriptor or -errno. To be called before the sandbox; listen after the change of uid.
int ipc_bind(const char *path);
// Listens on it and accepts that role alone. Once a role. Takes the descriptor. 0 or -errno.
int ipc_node_listen(struct ipc_node *node, int fd, enum role caller);
// Keeps a link to `role`, whose socket is `path`: connects now and again whenever it breaks, with back-off from 20 ms
// to 1 s. Copies the path. 0 or -errno.
int ipc_node_link(struct ipc_node *node, enum role role, const char *path);
// For a process of a recycled role that is about to end: requests that come from now on are left to its successor.
void ipc_node_drain(struct ipc_node *node);
// For a process of a recycled role that ends: takes no connection and no frame any more, and says goodbye to all peers,
// who hang up then (on_peer). What they asked and this process has not answered they ask its successor. True when
// nobody was there to say goodbye to.
bool ipc_node_leave(struct ipc_node *node);
// Bits (enum ipc_state) are added to what this process has reached; what is reached stays.
void ipc_node_reach_state(struct ipc_node *node, uint32_t state);
bool ipc_node_is_up(const struct ipc_node *node, enum role role);

// The text of FAILED_PRECONDITION when the server has not reached the state that the method needs.
#define IPC_NOT_NOW "not configured yet"

// What a call ended with. error 0: message is the response, lent until the callback returns.
struct ipc_result {
    uint32_t error;   // enum ErrorCode of ipc.proto
    const char *text; // one line, with an error
    const ProtobufCMessage *message;
};
typedef void ipc_result_fn(void *arg, const struct ipc_result *result);

// Sends a request. on_result is called exactly once, never before ipc_call returns, also when the peer is away
// (UNAVAILABLE; that of a recycled role only after a while), the queue is full (RESOURCE_EXHAUSTED), or the deadline
// passes (DEADLINE_EXCEEDED). Returns an id for ipc_call_cancel. deadline_ms 0: the method's own. A node that is being
// freed takes no more calls: 0, and on_result is never called.
uint64_t ipc_call(struct ipc_node *node, uint32_t method, const ProtobufCMessage *message, uint32_t deadline_ms,
                  ipc_result_fn *on_result, void *arg);
// on_result is not called any more. Unknown ids are ignored.
void ipc_call_cancel(struct ipc_node *node, uint64_t id);
// Sends a notification to the method's server. 0, -ENOTCONN, -ENOBUFS (queue full), -EMSGSIZE, -EINVAL (not ours to
// send).
int ipc_notify(struct ipc_node *node, uint32_t method, const ProtobufCMessage *message);

// Frees a request without an answer: right before ipc_node_leave, for what the successor is to do.
void ipc_request_drop(struct ipc_request *request);
enum role ipc_request_role(const struct ipc_request *request);
// All three consume the request. Harmless when the connection is gone.
void ipc_request_reply(struct ipc_request *request, const ProtobufCMessage *response);
void ipc_request_reply_empty(struct ipc_request *request); // to methods whose answer is Empty
void ipc_request_fail(struct ipc_request *request, uint32_t error, const char *text);

#endif
