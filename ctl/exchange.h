// One HTTP/1.1 exchange on a UNIX socket, blocking, with a deadline.
#ifndef BULKHEAD_CTL_EXCHANGE_H
#define BULKHEAD_CTL_EXCHANGE_H

#include <stdbool.h>

#include "lib/core/bytes.h"

#define EXCHANGE_BODY_MAX (64u << 20)

struct exchange_response {
    unsigned status;
    char *body; // NUL-terminated; free with wiping_free
    size_t n;
    bool complete;
};

// Sends the request and reads the whole response. Returns 0, or a negative errno: connect()'s own, -ETIMEDOUT,
// -ECONNRESET (closed before an answer), -EBADMSG (not HTTP), -EMSGSIZE (longer than EXCHANGE_BODY_MAX), -ENOMEM.
int exchange_run(const char *socket, unsigned timeout_s, struct bytes request, struct exchange_response *ret_response);

#endif
