// Between the messages of the edges and our structs, with every bound checked: ike-d may be taken over, too.
#ifndef BULKHEAD_ESP_EDGE_MESSAGE_H
#define BULKHEAD_ESP_EDGE_MESSAGE_H

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "lib/net/address.h"
#include "lib/net/selector.h"

typedef Bulkhead__Internal__V1__Selector selector_message;
typedef Bulkhead__Internal__V1__UdpEndpoint endpoint_message;

// -EINVAL: missing, or not an address, or a port over 65535.
int edge_message_endpoint(const endpoint_message *message, struct endpoint *ret_endpoint);
// -EINVAL: ends of two families or in the wrong order, protocol over 255, ports over 65535.
int edge_message_selector(const selector_message *message, struct selector *ret_selector);

// The other way; the message points into *from, which must outlive it.
void edge_message_put_endpoint(struct endpoint *from, endpoint_message *ret_message);
void edge_message_put_selector(struct selector *from, selector_message *ret_message);

#endif
