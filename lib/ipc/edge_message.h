// Addresses, selectors and identities as the edges' messages carry them (addressing.proto). What is put lends the
// source's memory, which must outlive the message; what is taken is checked in every bound, since the daemon at the
// other end may be taken over.
#ifndef BULKHEAD_IPC_EDGE_MESSAGE_H
#define BULKHEAD_IPC_EDGE_MESSAGE_H

#include "bulkhead/internal/v1/addressing.pb-c.h"
#include "lib/net/identity.h"
#include "lib/net/selector.h"

typedef Bulkhead__Internal__V1__UdpEndpoint endpoint_message;
typedef Bulkhead__Internal__V1__Selector selector_message;
typedef Bulkhead__Internal__V1__Identity identity_message;

static inline struct bytes edge_message_bytes(const ProtobufCBinaryData *data)
{
    return bytes_of(data->data, data->len);
}

void edge_message_put_bytes(struct bytes from, ProtobufCBinaryData *ret_data);
void edge_message_put_endpoint(const struct endpoint *from, endpoint_message *ret_message);
void edge_message_put_selector(const struct selector *from, selector_message *ret_message);
void edge_message_put_identity(const struct identity *from, identity_message *ret_message);

// -EINVAL: missing, or not an address, or a port over 65535.
int edge_message_endpoint(const endpoint_message *message, struct endpoint *ret_endpoint);
// -EINVAL: missing, ends of two families or in the wrong order, protocol over 255, ports over 65535 or in the wrong
// order (but for OPAQUE, RFC 7296 3.13.1).
int edge_message_selector(const selector_message *message, struct selector *ret_selector);

#endif
