// One call of a method under way: from the exchange that asks to the handler and back, with its deadline
// (Connect-Timeout-Ms, else API_CALL_MS).
#ifndef BULKHEAD_API_CONNECT_CONNECT_CALL_H
#define BULKHEAD_API_CONNECT_CONNECT_CALL_H

#include <uv.h>

#include "api-d/connect/connect_code.h"
#include "api-d/http/exchange.h"
#include "api-d/method_table.h"

struct connect_call;

// Decodes, refuses or starts the call. The exchange must have been handed out; it is answered in any case.
void connect_call_start(uv_loop_t *loop, struct api *api, const struct method *table, struct exchange *exchange);

// Each handler calls one of them, once. They consume the call; when its deadline has passed, nothing is sent.
void connect_call_reply(struct connect_call *call, const ProtobufCMessage *response);
void connect_call_fail(struct connect_call *call, enum connect_code code, const char *text);
__attribute__((format(printf, 3, 4))) void connect_call_fail_format(struct connect_call *call, enum connect_code code,
                                                                    const char *format, ...);
// How long the caller still waits, ms, at least 1.
uint32_t connect_call_left_ms(const struct connect_call *call);
// Who has called, as the kernel says (SO_PEERCRED).
uid_t connect_call_uid(const struct connect_call *call);

#endif
