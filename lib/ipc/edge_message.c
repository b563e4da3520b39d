#include "lib/ipc/edge_message.h"

#include <errno.h>

void edge_message_put_bytes(struct bytes from, ProtobufCBinaryData *ret_data)
{
    ret_data->data = (uint8_t *)(uintptr_t)from.p; // the generated types know no const; nobody writes
    ret_data->len = from.n;
}

void edge_message_put_endpoint(const struct endpoint *from, endpoint_message *ret_message)
{
    bulkhead__internal__v1__udp_endpoint__init(ret_message);
    edge_message_put_bytes(address_view(&from->address), &ret_message->ip);
    ret_message->port = from->port;
}

void edge_message_put_selector(const struct selector *from, selector_message *ret_message)
{
    bulkhead__internal__v1__selector__init(ret_message);
    ret_message->protocol = from->protocol;
    ret_message->start_port = from->start_port;
    ret_message->end_port = from->end_port;
    edge_message_put_bytes(address_view(&from->range.start), &ret_message->start_ip);
    edge_message_put_bytes(address_view(&from->range.end), &ret_message->end_ip);
}

void edge_message_put_identity(const struct identity *from, identity_message *ret_message)
{
    bulkhead__internal__v1__identity__init(ret_message);
    ret_message->type = (uint32_t)from->type;
    edge_message_put_bytes(bytes_of(from->data, from->n), &ret_message->data);
}

int edge_message_endpoint(const endpoint_message *message, struct endpoint *ret_endpoint)
{
    struct endpoint e = {0};
    if (!message || message->port > UINT16_MAX ||
        address_from_bytes(edge_message_bytes(&message->ip), &e.address) < 0) {
        return -EINVAL;
    }
    e.port = (uint16_t)message->port;
    *ret_endpoint = e;
    return 0;
}

int edge_message_selector(const selector_message *message, struct selector *ret_selector)
{
    struct selector s = {0};

    if (!message || message->protocol > UINT8_MAX || message->start_port > UINT16_MAX || message->end_port > UINT16_MAX)
        return -EINVAL;
    if (address_from_bytes(edge_message_bytes(&message->start_ip), &s.range.start) ||
        address_from_bytes(edge_message_bytes(&message->end_ip), &s.range.end))
        return -EINVAL;
    if (s.range.start.family != s.range.end.family || address_compare(&s.range.start, &s.range.end) > 0)
        return -EINVAL;
    s.protocol = (uint8_t)message->protocol;
    s.start_port = (uint16_t)message->start_port;
    s.end_port = (uint16_t)message->end_port;
    // RFC 7296 3.13.1: start over end only as OPAQUE.
    if (s.start_port > s.end_port && !(s.start_port == UINT16_MAX && s.end_port == 0))
        return -EINVAL;
    *ret_selector = s;
    return 0;
}
