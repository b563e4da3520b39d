// Whose turn it is to begin an IKE SA. A gateway with thousands of tunnels that starts all at once would flood its
// peers and itself, and most of its requests would be lost or asked for cookies; so only some are young at a time, in
// all and at one peer. An initiation is young until it has ended or was repeated in vain: peers that are away hold
// nobody up.
#ifndef BULKHEAD_IKE_SA_START_QUEUE_H
#define BULKHEAD_IKE_SA_START_QUEUE_H

#include "lib/core/hmap.h"
#include "lib/net/address.h"

struct ike_sa;
struct tunnel;

// A peer address that is being called or waited for.
struct start_peer {
    struct address address;
    unsigned young;
    struct tunnel *first; // who waits, by start_ticket.next
    struct tunnel *last;
    bool ready; // somebody waits, and may start as soon as there are fewer young ones in all
    struct start_peer *ready_next;
};

// All zero is an empty queue.
struct start_queue {
    struct hmap *peers; // by address
    unsigned young;
    struct start_peer *ready_first;
    struct start_peer *ready_last;
};

// A tunnel's place in the queue.
struct start_ticket {
    enum { START_NONE, START_WAITS, START_GRANTED } state;
    struct start_peer *peer;
    struct tunnel *next;
    struct tunnel *previous;
};

// Nobody may be in it any more.
void start_queue_done(struct start_queue *queue);

// May the tunnel begin an IKE SA now? False: it waits, and its retry deadline fires when its turn has come. Harmless to
// ask again.
bool start_queue_enter(struct tunnel *tunnel);
// It no longer wants to; harmless when it is not in the queue.
void start_queue_leave(struct tunnel *tunnel);
// The tunnel has begun that IKE SA, which counts as young from now on.
void start_queue_hand_over(struct tunnel *tunnel, struct ike_sa *sa);
// That IKE SA is no longer young; once counts.
void start_queue_release(struct ike_sa *sa);

#endif
