// The answer to a unary request of the Connect protocol (connectrpc.com, "Unary-Response"): a message, or an error as
// JSON. Pure.
#ifndef BULKHEAD_API_CONNECT_CONNECT_RESPONSE_H
#define BULKHEAD_API_CONNECT_CONNECT_RESPONSE_H

#include "api-d/connect/connect_request.h"

// -ENOMEM, or -EILSEQ when a string of the message is not UTF-8 (JSON alone).
int connect_response_of_message(const ProtobufCMessage *message, enum connect_encoding encoding,
                                struct exchange_answer *ret_answer);
// Never fails: without memory the body is empty. What is not UTF-8 in the text is replaced by '?'.
struct exchange_answer connect_response_of_error(enum connect_code code, const char *text);
struct exchange_answer connect_response_of_refusal(const struct connect_refusal *refusal);

#endif
