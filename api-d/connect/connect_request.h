// A unary request of the Connect protocol (connectrpc.com, "Unary-Request"): from an HTTP exchange to a method and its
// message. Pure.
#ifndef BULKHEAD_API_CONNECT_CONNECT_REQUEST_H
#define BULKHEAD_API_CONNECT_CONNECT_REQUEST_H

#include "api-d/connect/connect_code.h"
#include "api-d/http/exchange.h"
#include "api-d/method_table.h"

enum connect_encoding {
    CONNECT_ENCODING_JSON,
    CONNECT_ENCODING_PROTO,
};

struct connect_request {
    const struct method *method;
    enum connect_encoding encoding;
    uint64_t timeout_ms; // 0: the client named none
    ProtobufCMessage *message;
};

// Why it is refused.
struct connect_refusal {
    enum connect_code code;
    unsigned http_status;     // 0: the code's own
    const char *header_name;  // static, or NULL
    const char *header_value; // static
    struct buffer message;    // the owner's: buffer_done
};

// 0, with a message in wiped memory, to be freed by connect_request_done; or -EINVAL with the refusal filled in.
int connect_request_decode(const struct method *table, const struct exchange *exchange,
                           struct connect_request *ret_request, struct connect_refusal *ret_refusal);
void connect_request_done(struct connect_request *request);

#endif
