// Addresses, selectors and identities as the edges' messages carry them. What is put lends the source's memory, so that
// must outlive the message; what is read is checked.
#ifndef BULKHEAD_IKE_LINK_EDGE_MESSAGE_H
#define BULKHEAD_IKE_LINK_EDGE_MESSAGE_H

#include "bulkhead/internal/v1/common.pb-c.h"
#include "lib/net/identity.h"
#include "lib/net/selector.h"

typedef Bulkhead__Internal__V1__UdpEndpoint endpoint_message;
typedef Bulkhead__Internal__V1__Selector selector_message;
typedef Bulkhead__Internal__V1__Identity identity_message;

void edge_message_put_bytes(struct bytes from, ProtobufCBinaryData *ret_data);
void edge_message_put_endpoint(const struct endpoint *from, endpoint_message *ret_message);
void edge_message_put_selector(const struct selector *from, selector_message *ret_message);
void edge_message_put_identity(const struct identity *from, identity_message *ret_message);
int edge_message_endpoint(const endpoint_message *message, struct endpoint *ret_endpoint); // -EINVAL

#endif
