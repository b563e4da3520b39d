#include "ike-d/link/key_log_service.h"

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "ike-d/sa/key_log.h"
#include "ike-d/sa/tunnel.h"

#define ERROR(name) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name
#define SECONDS_MAX 3600u

// The lines are lent by the log.
static void reply(struct ipc_request *request, const struct key_log *log, uint64_t after)
{
    Bulkhead__Internal__V1__IkeKeyLogResponse response;
    char *lines[KEY_LOG_LINES_MAX];
    bulkhead__internal__v1__ike_key_log_response__init(&response);
    response.lines = lines;
    if (log) {
        uint64_t first = log->last > KEY_LOG_LINES_MAX ? log->last - KEY_LOG_LINES_MAX + 1 : 1;
        response.last = log->last;
        response.ends_s = log->ends_s;
        for (uint64_t i = after + 1 > first ? after + 1 : first; i <= log->last; i++) {
            const char *line = key_log_find(log, i);
            if (line) {
                lines[response.n_lines++] = (char *)(uintptr_t)line;
            }
        }
    }
    ipc_request_reply(request, &response.base);
}

void key_log_service_answer(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeKeyLogRequest *query =
        (const Bulkhead__Internal__V1__IkeKeyLogRequest *)(const void *)message;
    struct tunnel *tunnel = ike_core_find_tunnel(&ike_of(arg)->core, query->name);
    if (!tunnel) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "there is no tunnel of that name");
        return;
    }
    if (query->seconds > SECONDS_MAX || (query->seconds && query->stop)) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "a key log is on for at most an hour");
        return;
    }
    if (query->stop) {
        key_log_stop(tunnel);
    } else if (query->seconds && key_log_start(tunnel, query->seconds) < 0) {
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "out of memory");
        return;
    }
    reply(request, tunnel->key_log, query->after);
}
