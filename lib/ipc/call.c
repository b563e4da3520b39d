// The asking side: calls that wait for their answer, deadlines, and notifications.
#include <errno.h>
#include <stdlib.h>

#include "lib/core/log.h"
#include "lib/ipc/node_state.h"

typedef Bulkhead__Internal__V1__Frame Frame;

#define ERROR_UNAVAILABLE        BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_UNAVAILABLE
#define ERROR_DEADLINE_EXCEEDED  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_DEADLINE_EXCEEDED
#define ERROR_RESOURCE_EXHAUSTED BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_RESOURCE_EXHAUSTED
#define ERROR_INTERNAL           BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL
#define ERROR_PERMISSION_DENIED  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_PERMISSION_DENIED

static struct call *find(const struct call_list *list, uint64_t id)
{
    struct call *call;

    TAILQ_FOREACH(call, list, entry)
    if (call->id == id)
        return call;
    return NULL;
}

static void call_free(struct call *call)
{
    frame_buffer_free(call->frame);
    free(call);
}

static void fail(struct call *call, uint32_t error, const char *text)
{
    call->connection = NULL;
    call->error = error;
    call->text = text;
}

// The call must be off its list. Frees it.
static void deliver(struct ipc_node *node, struct call *call, const struct ipc_result *result)
{
    ipc_result_fn *on_result = call->on_result;
    void *arg = call->arg;

    node->call_count--;
    call_free(call);
    on_result(arg, result);
}

// Call-backs may make, cancel or end calls, so the list is taken from its head each time.
static void deliver_expired(struct ipc_node *node)
{
    struct call *call;

    while ((call = TAILQ_FIRST(&node->expired))) {
        struct ipc_result result = {.error = call->error, .text = call->text};

        TAILQ_REMOVE(&node->expired, call, entry);
        deliver(node, call, &result);
    }
}

static void move_to_expired(struct ipc_node *node, struct call *call)
{
    TAILQ_REMOVE(&node->calls, call, entry);
    TAILQ_INSERT_TAIL(&node->expired, call, entry);
}

// When something must happen to it at the latest.
static uint64_t wakes_at(const struct call *call)
{
    return call->wait_until_ms && call->wait_until_ms < call->due_ms ? call->wait_until_ms : call->due_ms;
}

void call_expire(struct ipc_node *node, uint64_t now_ms)
{
    struct call *call, *next;
    uint64_t earliest_ms = 0;

    for (call = TAILQ_FIRST(&node->calls); call; call = next) {
        uint64_t at_ms = wakes_at(call);

        next = TAILQ_NEXT(call, entry);
        if (call->error || at_ms <= now_ms) {
            if (!call->error && at_ms < call->due_ms)
                fail(call, ERROR_UNAVAILABLE, "the other daemon is away");
            else if (!call->error)
                fail(call, ERROR_DEADLINE_EXCEEDED, "no answer in time");
            move_to_expired(node, call);
        } else if (!earliest_ms || at_ms < earliest_ms) {
            earliest_ms = at_ms;
        }
    }
    if (earliest_ms)
        node_wake_at(node, earliest_ms);
    deliver_expired(node);
}

void call_fail_all(struct ipc_node *node, const struct ipc_connection *connection)
{
    struct call *call, *next;

    for (call = TAILQ_FIRST(&node->calls); call; call = next) {
        next = TAILQ_NEXT(call, entry);
        if (connection && call->connection != connection)
            continue;
        if (!call->error)
            fail(call, ERROR_UNAVAILABLE, "the other daemon went away");
        move_to_expired(node, call);
    }
    deliver_expired(node);
}

static void answer(struct ipc_node *node, struct call *call, const Frame *frame, const ProtobufCMessage *message)
{
    struct ipc_result result = {.error = (uint32_t)frame->error, .text = frame->error_text, .message = message};

    TAILQ_REMOVE(&node->calls, call, entry);
    deliver(node, call, &result);
}

const char *call_answer(struct ipc_connection *c, const Frame *frame)
{
    struct ipc_node *node = c->node;
    struct call *call = find(&node->calls, frame->id);
    ProtobufCMessage *message;

    if (frame->id > node->last_call_id)
        return "answer to a request that was never made";
    if (!call || !call->connection)
        return NULL; // late: cancelled, or past its deadline
    if (call->connection != c)
        return "answer to another daemon's request";
    if (call->method->id != (uint32_t)frame->method)
        return "answer of another method";
    if (frame->kind == BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_ERROR) {
        answer(node, call, frame, NULL);
        return NULL;
    }
    message = frame_body_parse(call->method->response, bytes_of(frame->body.data, frame->body.len));
    if (!message)
        return "body of an answer does not parse";
    answer(node, call, frame, message);
    frame_body_free(message);
    return NULL;
}

// Whether this node may send it: a mistake of ours, not of the peer.
static bool is_ours(const struct ipc_node *node, const struct ipc_method *method, const ProtobufCMessage *message)
{
    if (method && method->callers & ROLE_BIT(node->config.self) && method->request == message->descriptor)
        return true;
    log_error("edge_wrong_call", LOG_STR("method", method ? method->name : "unknown"));
    return false;
}

static int pack(const struct call *call, const struct ipc_method *method, const ProtobufCMessage *message,
                uint32_t deadline_ms, struct frame_buffer **ret_buffer)
{
    Frame head = BULKHEAD__INTERNAL__V1__FRAME__INIT;

    head.kind = call ? BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_REQUEST
                     : BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_NOTIFICATION;
    head.id = call ? call->id : 0;
    head.method = (Bulkhead__Internal__V1__Method)method->id;
    head.deadline_ms = deadline_ms;
    return frame_pack(&head, message, ret_buffer);
}

static int send_frame(struct ipc_node *node, struct call *call, const struct ipc_method *method,
                      const ProtobufCMessage *message, uint32_t deadline_ms)
{
    struct ipc_connection *c = node->peers[method->server].connection;
    struct frame_buffer *buffer;
    int r;

    if (!c || c->broken)
        return -ENOTCONN;
    if (!connection_has_room(c))
        return -ENOBUFS;
    r = pack(call, method, message, deadline_ms, &buffer);
    if (r < 0)
        return r;
    if (call)
        call->connection = c;
    connection_send(c, buffer);
    return 0;
}

// The request of a call to a recycled role is kept until it is answered; without a connection it waits for one.
static int send_kept(struct ipc_node *node, struct call *call, struct ipc_connection *c)
{
    struct frame_buffer *copy;

    if (!c || c->broken) {
        call->wait_until_ms = node_now_ms(node) + IPC_SUCCESSOR_WAIT_MS;
        return 0;
    }
    if (!connection_has_room(c))
        return -ENOBUFS;
    copy = frame_buffer_copy(call->frame);
    if (!copy)
        return -ENOMEM;
    call->wait_until_ms = 0;
    call->connection = c;
    connection_send(c, copy);
    return 0;
}

void call_park_all(struct ipc_node *node, const struct ipc_connection *connection)
{
    uint64_t until_ms = node_now_ms(node) + IPC_SUCCESSOR_WAIT_MS;
    struct call *call;

    TAILQ_FOREACH(call, &node->calls, entry)
    {
        if (call->connection != connection || !call->frame)
            continue;
        call->connection = NULL;
        call->wait_until_ms = until_ms;
        node_wake_at(node, until_ms);
    }
}

// In the order of their ids, as a new connection wants them.
void call_send_parked(struct ipc_node *node, struct ipc_connection *connection)
{
    struct call *call;

    TAILQ_FOREACH(call, &node->calls, entry)
    {
        if (!call->wait_until_ms || call->error || call->method->server != connection->role)
            continue;
        if (send_kept(node, call, connection) == 0)
            continue;
        fail(call, ERROR_RESOURCE_EXHAUSTED, "the queue is full");
        node_wake_at(node, node_now_ms(node));
    }
}

static void start(struct ipc_node *node, struct call *call, const ProtobufCMessage *message, uint32_t deadline_ms)
{
    int r;

    if (node->call_count > IPC_CALLS_MAX) {
        fail(call, ERROR_RESOURCE_EXHAUSTED, "too many calls wait for an answer");
        return;
    }
    if (node->config.recycled & ROLE_BIT(call->method->server)) {
        r = pack(call, call->method, message, deadline_ms, &call->frame);
        if (r == 0)
            r = send_kept(node, call, node->peers[call->method->server].connection);
    } else {
        r = send_frame(node, call, call->method, message, deadline_ms);
    }
    if (r == -ENOTCONN)
        fail(call, ERROR_UNAVAILABLE, "the other daemon is away");
    else if (r == -EMSGSIZE)
        fail(call, ERROR_RESOURCE_EXHAUSTED, "the request does not fit a frame");
    else if (r < 0)
        fail(call, ERROR_RESOURCE_EXHAUSTED, "the queue is full");
}

static struct call *call_new(struct ipc_node *node, ipc_result_fn *on_result, void *arg)
{
    struct call *call = calloc(1, sizeof(*call));

    // on_result must be called, and there is nothing to remember it by.
    if (!call)
        abort();
    call->id = ++node->last_call_id;
    call->on_result = on_result;
    call->arg = arg;
    node->call_count++;
    TAILQ_INSERT_TAIL(&node->calls, call, entry);
    return call;
}

uint64_t ipc_call(struct ipc_node *node, uint32_t method_id, const ProtobufCMessage *message, uint32_t deadline_ms,
                  ipc_result_fn *on_result, void *arg)
{
    const struct ipc_method *method = ipc_method_find(node->config.methods, method_id);
    struct call *call;
    uint64_t now_ms;

    if (node->is_closing)
        return 0;
    call = call_new(node, on_result, arg);
    call->method = method;
    now_ms = node_now_ms(node);
    if (!is_ours(node, method, message) || !method->response) {
        fail(call, method ? ERROR_PERMISSION_DENIED : ERROR_INTERNAL, "not a call of this daemon");
    } else {
        deadline_ms = deadline_ms ? deadline_ms : method->deadline_ms;
        deadline_ms = deadline_ms > IPC_DEADLINE_MAX_MS ? IPC_DEADLINE_MAX_MS : deadline_ms;
        start(node, call, message, deadline_ms);
    }
    call->due_ms = call->error ? now_ms : now_ms + deadline_ms;
    node_wake_at(node, wakes_at(call));
    return call->id;
}

void ipc_call_cancel(struct ipc_node *node, uint64_t id)
{
    struct call *call = find(&node->calls, id);

    if (call) {
        TAILQ_REMOVE(&node->calls, call, entry);
    } else {
        call = find(&node->expired, id);
        if (!call)
            return;
        TAILQ_REMOVE(&node->expired, call, entry);
    }
    node->call_count--;
    call_free(call);
}

int ipc_notify(struct ipc_node *node, uint32_t method_id, const ProtobufCMessage *message)
{
    const struct ipc_method *method = ipc_method_find(node->config.methods, method_id);

    if (node->is_closing)
        return -ENOTCONN;
    if (!is_ours(node, method, message) || method->response)
        return -EINVAL;
    return send_frame(node, NULL, method, message, 0);
}
