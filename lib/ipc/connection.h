// One connected SEQPACKET socket: frames in and out, the bounded queue, nothing of what they mean.
#ifndef BULKHEAD_IPC_CONNECTION_H
#define BULKHEAD_IPC_CONNECTION_H

#include <stdbool.h>
#include <uv.h>

#include "lib/core/bytes.h"
#include "lib/ipc/frame.h"
#include "lib/ipc/method.h"

struct ipc_node;

struct ipc_connection {
    struct ipc_node *node;
    enum role role; // of the peer, known by its uid
    int fd;
    uv_poll_t poll;
    bool closed;        // over; the memory stays until libuv has let go of the handle
    const char *broken; // reason for which it must end as soon as no caller is in the way
    struct frame_buffer *first, *last;
    size_t queued_frames, queued_bytes;
    uint64_t last_request_id;
    uint64_t up_since_ms;
};

// What the connection reports; both are called from the loop alone.
struct connection_events {
    // NULL, or the rule that the datagram breaks: the connection ends.
    const char *(*on_datagram)(struct ipc_connection *connection, struct bytes datagram);
    // It has ended: `violation` when the peer broke a rule.
    void (*on_end)(struct ipc_connection *connection, const char *reason, bool violation);
};

// Takes the descriptor, also on failure. NULL without memory or when it can't be watched.
struct ipc_connection *connection_new(struct ipc_node *node, enum role role, int fd);
// No call-backs follow. Its memory goes when the handle is closed.
void connection_close(struct ipc_connection *connection);
// Whether another request or notification has room.
bool connection_has_room(const struct ipc_connection *connection);
// Takes the buffer. Never ends the connection by itself: a failure is reported from the loop.
void connection_send(struct ipc_connection *connection, struct frame_buffer *buffer);

#endif
