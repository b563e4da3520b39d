// The error codes of the Connect protocol (connectrpc.com, "Error codes"), their HTTP statuses, and which of them an
// error of an edge becomes.
#ifndef BULKHEAD_API_CONNECT_CONNECT_CODE_H
#define BULKHEAD_API_CONNECT_CONNECT_CODE_H

#include <stdint.h>

enum connect_code {
    CONNECT_OK = 0,
    CONNECT_CANCELED,
    CONNECT_UNKNOWN,
    CONNECT_INVALID_ARGUMENT,
    CONNECT_DEADLINE_EXCEEDED,
    CONNECT_NOT_FOUND,
    CONNECT_ALREADY_EXISTS,
    CONNECT_PERMISSION_DENIED,
    CONNECT_RESOURCE_EXHAUSTED,
    CONNECT_FAILED_PRECONDITION,
    CONNECT_ABORTED,
    CONNECT_OUT_OF_RANGE,
    CONNECT_UNIMPLEMENTED,
    CONNECT_INTERNAL,
    CONNECT_UNAVAILABLE,
    CONNECT_DATA_LOSS,
    CONNECT_UNAUTHENTICATED,
};

const char *connect_code_name(enum connect_code code);     // "not_found"
unsigned connect_code_http_status(enum connect_code code); // 404
// From enum ErrorCode of ipc.proto.
enum connect_code connect_code_from_ipc(uint32_t error);

#endif
