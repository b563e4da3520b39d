#include "ike-d/wire/wire_error.h"

enum notify_type wire_status_notify(enum wire_status status)
{
    switch (status) {
    case WIRE_INVALID_MAJOR_VERSION:
        return NOTIFY_INVALID_MAJOR_VERSION;
    case WIRE_INVALID_SYNTAX:
        return NOTIFY_INVALID_SYNTAX;
    case WIRE_UNSUPPORTED_CRITICAL_PAYLOAD:
        return NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
    case WIRE_OK:
    case WIRE_NOT_IKE:
    case WIRE_OLD_VERSION:
        break;
    }
    return NOTIFY_NONE;
}
