// Transport mode (RFC 4303 3.1.1): ESP carries what follows the IP header, and the outer header is the packet's own.
// The outer one is the socket's to make, so outbound the packet's header is left away, and inbound a new one is written
// from the outer addresses. Whole datagrams alone, without options or extension headers that would have to stay
// outside.
#ifndef BULKHEAD_ESP_TRANSPORT_H
#define BULKHEAD_ESP_TRANSPORT_H

#include "esp-d/drop.h"
#include "esp-d/flow.h"

// What the peer takes the two ends' addresses for when a NAT stands in between; its checksums are made of them. Family
// 0: what they are.
struct transport_origin {
    struct address local;
    struct address remote;
};

// Room for the rebuilt packets of one burst. Thread: its worker.
struct transport_room {
    uint8_t *p;
    size_t used;
};

int transport_room_init(struct transport_room *room); // -ENOMEM
void transport_room_done(struct transport_room *room);
void transport_room_empty(struct transport_room *room);

// Outbound: how long the header is that is left away, and what protocol follows it. DROP_NONE, or why the packet can't
// be sent in transport mode.
enum drop transport_split(const uint8_t *packet, const struct flow *flow, uint32_t *ret_header_bytes,
                          uint8_t *ret_next);

// What came out of an inbound SA.
struct transport_payload {
    struct bytes bytes;
    uint8_t next;
    uint8_t traffic_class;
    const struct address *local;
    const struct address *remote;
    const struct transport_origin *origin; // NULL: no NAT
};
// Inbound: the packet with its header, with room for a TUN's header in front. DROP_NONE, or why not.
enum drop transport_rebuild(struct transport_room *room, const struct transport_payload *payload, uint8_t **ret_packet,
                            uint32_t *ret_bytes);

#endif
