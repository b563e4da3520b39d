// Why a message was refused, as the NOTIFY that says so (RFC 7296 2.21). Whether a NOTIFY may be sent at all is the
// caller's to judge: never in answer to a response or to something that is not authentic.
#ifndef BULKHEAD_IKE_WIRE_ERROR_H
#define BULKHEAD_IKE_WIRE_ERROR_H

#include "ike-d/wire/notify_type.h"

enum wire_status {
    WIRE_OK = 0,
    WIRE_NOT_IKE,               // no IKE message at all: drop and count
    WIRE_INVALID_MAJOR_VERSION, // RFC 7296 2.5: a higher version than 2 (version 1 is WIRE_OLD_VERSION)
    WIRE_OLD_VERSION,           // IKEv1: drop and count
    WIRE_INVALID_SYNTAX,
    WIRE_UNSUPPORTED_CRITICAL_PAYLOAD, // its type is the NOTIFY's one byte of data
};

struct wire_error {
    const char *text;     // static, for the log
    uint8_t payload_type; // where it happened; 0: in the header or in the message as a whole
};

// NOTIFY_NONE where the message is dropped in silence.
enum notify_type wire_status_notify(enum wire_status status);

#endif
