// The answering side of a request.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/log.h"
#include "lib/ipc/node_state.h"

typedef Bulkhead__Internal__V1__Frame Frame;

static void send_error(struct ipc_connection *c, uint64_t id, const struct ipc_method *method, uint32_t error,
                       const char *text)
{
    char line[IPC_ERROR_TEXT_MAX + 1];
    struct frame_buffer *buffer;
    Frame head = BULKHEAD__INTERNAL__V1__FRAME__INIT;
    int r;

    snprintf(line, sizeof(line), "%s", text ? text : "");
    head.kind = BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_ERROR;
    head.id = id;
    head.method = (Bulkhead__Internal__V1__Method)method->id;
    head.error = (Bulkhead__Internal__V1__ErrorCode)error;
    head.error_text = line;
    r = frame_pack(&head, NULL, &buffer);
    if (r == 0)
        connection_send(c, buffer);
    else
        log_error("edge_answer_failed", LOG_STR("method", method->name), LOG_ERRNO(r));
}

// NULL: the peer got its error already, or will run into its deadline.
struct ipc_request *request_new(struct ipc_connection *c, const Frame *frame, const struct ipc_method *method)
{
    struct peer *peer = &c->node->peers[c->role];
    struct ipc_request *request = NULL;

    if (peer->request_count < IPC_REQUESTS_MAX)
        request = calloc(1, sizeof(*request));
    if (!request) {
        send_error(c, frame->id, method, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_RESOURCE_EXHAUSTED,
                   "too many requests wait for an answer");
        return NULL;
    }
    request->connection = c;
    request->peer = peer;
    request->role = c->role;
    request->id = frame->id;
    request->method = method;
    LIST_INSERT_HEAD(&peer->requests, request, entry);
    peer->request_count++;
    return request;
}

void request_orphan_all(struct peer *peer)
{
    struct ipc_request *request;

    for (request = LIST_FIRST(&peer->requests); request; request = LIST_NEXT(request, entry))
        request->connection = NULL;
}

void request_forget_all(struct peer *peer)
{
    struct ipc_request *request;

    while ((request = LIST_FIRST(&peer->requests))) {
        LIST_REMOVE(request, entry);
        request->connection = NULL;
        request->peer = NULL;
    }
    peer->request_count = 0;
}

static void finish(struct ipc_request *request)
{
    if (request->peer) {
        LIST_REMOVE(request, entry);
        request->peer->request_count--;
    }
    free(request);
}

void ipc_request_drop(struct ipc_request *request)
{
    finish(request);
}

enum role ipc_request_role(const struct ipc_request *request)
{
    return request->role;
}

void ipc_request_fail(struct ipc_request *request, uint32_t error, const char *text)
{
    if (error == 0 || error > BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL)
        error = BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL;
    if (request->connection)
        send_error(request->connection, request->id, request->method, error, text);
    finish(request);
}

static int send_response(const struct ipc_request *request, const ProtobufCMessage *response)
{
    Frame head = BULKHEAD__INTERNAL__V1__FRAME__INIT;
    struct frame_buffer *buffer;
    int r;

    if (response->descriptor != request->method->response)
        return -EINVAL;
    head.kind = BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_RESPONSE;
    head.id = request->id;
    head.method = (Bulkhead__Internal__V1__Method)request->method->id;
    r = frame_pack(&head, response, &buffer);
    if (r == 0)
        connection_send(request->connection, buffer);
    return r;
}

void ipc_request_reply(struct ipc_request *request, const ProtobufCMessage *response)
{
    int r = request->connection ? send_response(request, response) : 0;

    if (r == 0) {
        finish(request);
        return;
    }
    log_error("edge_answer_failed", LOG_STR("method", request->method->name), LOG_ERRNO(r));
    ipc_request_fail(request,
                     r == -EMSGSIZE ? BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_RESOURCE_EXHAUSTED
                                    : BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL,
                     r == -EMSGSIZE ? "the answer does not fit a frame" : "the answer can't be sent");
}

void ipc_request_reply_empty(struct ipc_request *request)
{
    Bulkhead__Internal__V1__Empty empty = BULKHEAD__INTERNAL__V1__EMPTY__INIT;

    ipc_request_reply(request, &empty.base);
}
