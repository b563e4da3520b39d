// What a frame asks for, and whether that peer may ask it.
#include "lib/core/log.h"
#include "lib/ipc/node_state.h"

typedef Bulkhead__Internal__V1__Frame Frame;

static const struct ipc_handler *find_handler(const struct ipc_node *node, uint32_t method)
{
    const struct ipc_handler *handler = node->config.handlers;

    for (; handler && handler->method; handler++)
        if (handler->method == method)
            return handler;
    return NULL;
}

// NULL, or the rule that the frame breaks.
static const char *check_permission(const struct ipc_connection *c, const Frame *frame, const struct ipc_method *method)
{
    bool is_request = frame->kind == BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_REQUEST;

    if (!method)
        return "unknown method";
    if (method->server != c->node->config.self)
        return "method of another daemon";
    if (!(method->callers & ROLE_BIT(c->role)))
        return "method not for its role";
    if ((method->response != NULL) != is_request)
        return is_request ? "request of a notification" : "notification of a request";
    // Ids grow, so that one number tells that none is used twice.
    if (is_request && frame->id <= c->last_request_id)
        return "request id used before";
    return NULL;
}

static void handle(struct ipc_connection *c, const Frame *frame, const struct ipc_method *method,
                   const ProtobufCMessage *message)
{
    const struct ipc_handler *handler = find_handler(c->node, method->id);
    struct ipc_request *request = NULL;

    if (method->response) {
        request = request_new(c, frame, method);
        if (!request)
            return;
    }
    // Not the caller's fault: it may be that we have just come up, and who configures us has not come by yet.
    if (method->needs & ~c->node->state) {
        log_debug("edge_not_now", LOG_STR("method", method->name));
        if (request)
            ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_FAILED_PRECONDITION, IPC_NOT_NOW);
        return;
    }
    if (handler) {
        handler->handle(c->node->config.arg, request, message);
        return;
    }
    log_error("edge_no_handler", LOG_STR("method", method->name));
    if (request)
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL, "method is not served");
}

static const char *dispatch_incoming(struct ipc_connection *c, const Frame *frame)
{
    const struct ipc_method *method = ipc_method_find(c->node->config.methods, (uint32_t)frame->method);
    const char *reason = check_permission(c, frame, method);
    ProtobufCMessage *message;

    if (reason)
        return reason;
    if (method->response && c->node->is_draining)
        return NULL;
    if (method->response)
        c->last_request_id = frame->id;
    message = frame_body_parse(method->request, bytes_of(frame->body.data, frame->body.len));
    if (!message)
        return "body does not parse";
    handle(c, frame, method, message);
    frame_body_free(message);
    return NULL;
}

// Only of those who go by design: a taken daemon must not hold others' calls in suspense.
static const char *take_goodbye(struct ipc_connection *c)
{
    if (!(c->node->config.recycled & ROLE_BIT(c->role)))
        return "goodbye of a daemon that stays";
    call_park_all(c->node, c);
    node_disconnect(c, "recycled", false);
    return NULL;
}

const char *node_dispatch_frame(struct ipc_connection *c, struct bytes datagram)
{
    const char *reason = NULL;
    Frame *frame = frame_parse(datagram, &reason);

    if (!frame)
        return reason;
    if (c->node->is_leaving) { // its sender will ask the successor
        frame_free(frame);
        return NULL;
    }
    switch (frame->kind) {
    case BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_GOODBYE:
        reason = take_goodbye(c);
        break;
    case BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_RESPONSE:
    case BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_ERROR:
        reason = call_answer(c, frame);
        break;
    default:
        reason = dispatch_incoming(c, frame);
    }
    frame_free(frame);
    return reason;
}
