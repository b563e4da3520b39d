// From UDP datagrams of port 4500 (RFC 3948 2) to clear packets and IKE messages. A datagram that the kernel merged
// (UDP_GRO) holds several segments, and each is looked at: ESP, IKE behind the non-ESP marker, or a keepalive.
#ifndef BULKHEAD_ESP_INBOUND_H
#define BULKHEAD_ESP_INBOUND_H

#include "esp-d/batch_counter.h"
#include "esp-d/database.h"
#include "esp-d/datagram.h"
#include "esp-d/expire.h"
#include "esp-d/ike_intake.h"
#include "esp-d/open.h"

struct inbound_sinks {
    void *arg;
    // Opened packets, to be changed at will; those with a drop reason are to be left out.
    void (*deliver)(void *arg, struct open_packet *packets, unsigned n);
    // An IKE message, without the marker, lent. False: no room.
    bool (*ike)(void *arg, const struct inbound_datagram *from, struct bytes message);
    // An authentic packet came from elsewhere (RFC 7296 2.23).
    bool (*address_change)(void *arg, const struct child *child, const struct endpoint *remote);
    expire_fn *expire;
};

struct inbound {
    struct inbound_sinks sinks;
    struct opener opener;
    const struct database *db;
    struct drop_counters *drops;
    struct batch_counter receives; // datagrams as they came, and the ESP packets in them
    struct ike_intake intake;
    uint64_t now_ms;
    unsigned n;
    struct open_packet packet[ESP_BURST_PKTS];
};

// -ENOMEM. Everything is lent.
int inbound_init(struct inbound *in, const struct inbound_sinks *sinks, struct crypt *crypt, const struct database *db,
                 struct drop_counters *drops);
void inbound_done(struct inbound *in);
// now_ms must have been set. Thread: worker, as a reader until the flush.
void inbound_push(struct inbound *in, const struct inbound_datagram *datagram);
void inbound_flush(struct inbound *in);

#endif
