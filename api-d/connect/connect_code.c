#include "api-d/connect/connect_code.h"

#include "bulkhead/internal/v1/ipc.pb-c.h"

static const struct {
    const char *name;
    unsigned http_status;
} codes[] = {
    [CONNECT_OK] = {"ok", 200},
    [CONNECT_CANCELED] = {"canceled", 499},
    [CONNECT_UNKNOWN] = {"unknown", 500},
    [CONNECT_INVALID_ARGUMENT] = {"invalid_argument", 400},
    [CONNECT_DEADLINE_EXCEEDED] = {"deadline_exceeded", 504},
    [CONNECT_NOT_FOUND] = {"not_found", 404},
    [CONNECT_ALREADY_EXISTS] = {"already_exists", 409},
    [CONNECT_PERMISSION_DENIED] = {"permission_denied", 403},
    [CONNECT_RESOURCE_EXHAUSTED] = {"resource_exhausted", 429},
    [CONNECT_FAILED_PRECONDITION] = {"failed_precondition", 400},
    [CONNECT_ABORTED] = {"aborted", 409},
    [CONNECT_OUT_OF_RANGE] = {"out_of_range", 400},
    [CONNECT_UNIMPLEMENTED] = {"unimplemented", 501},
    [CONNECT_INTERNAL] = {"internal", 500},
    [CONNECT_UNAVAILABLE] = {"unavailable", 503},
    [CONNECT_DATA_LOSS] = {"data_loss", 500},
    [CONNECT_UNAUTHENTICATED] = {"unauthenticated", 401},
};

const char *connect_code_name(enum connect_code code)
{
    return codes[code].name;
}

unsigned connect_code_http_status(enum connect_code code)
{
    return codes[code].http_status;
}

enum connect_code connect_code_from_ipc(uint32_t error)
{
    switch (error) {
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_UNSPECIFIED:
        return CONNECT_OK;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INVALID_ARGUMENT:
        return CONNECT_INVALID_ARGUMENT;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_NOT_FOUND:
        return CONNECT_NOT_FOUND;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_ALREADY_EXISTS:
        return CONNECT_ALREADY_EXISTS;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_PERMISSION_DENIED:
        return CONNECT_PERMISSION_DENIED;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_FAILED_PRECONDITION:
        return CONNECT_FAILED_PRECONDITION;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_RESOURCE_EXHAUSTED:
        return CONNECT_RESOURCE_EXHAUSTED;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_UNAVAILABLE:
        return CONNECT_UNAVAILABLE;
    case BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_DEADLINE_EXCEEDED:
        return CONNECT_DEADLINE_EXCEEDED;
    default:
        return CONNECT_INTERNAL;
    }
}
