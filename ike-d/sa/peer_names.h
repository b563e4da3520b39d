// A peer whose address is configured as a name (bulkhead.v1.Endpoint.address): the names, and the addresses that they
// led to last. Part of the tunnel's configuration in which addresses come and go; when they are asked for is
// exch/name_refresh.h's.
#ifndef BULKHEAD_IKE_SA_PEER_NAMES_H
#define BULKHEAD_IKE_SA_PEER_NAMES_H

#include <stdbool.h>

#include "ike-d/sa/deadline.h"
#include "ike-d/sa/ike_job.h"
#include "lib/net/address.h"

#define PEER_NAME_ADDRESSES_MAX 16

struct tunnel;

struct peer_name {
    char *text;
    struct address *addresses; // in the order to be tried
    unsigned n;
    char error[96]; // of the last answer; "": it was a good one
    uint64_t job;   // under way; 0: none
    struct tunnel *tunnel;
    uint64_t fresh_until_ms;
    unsigned failures; // in a row
};

struct peer_names {
    struct peer_name *list;
    unsigned n;
    bool first; // before the addresses that are written as such
    struct deadline refresh;
    unsigned asked_for; // the attempt, from 1, that they were asked for; 0: none yet
};

// Room for so many. NULL without memory.
struct peer_names *peer_names_new(unsigned max);
void peer_names_free(struct peer_names *names); // NULL is taken; nothing may be under way
// No answer comes any more, and no deadline. NULL is taken.
void peer_names_stop(struct peer_names *names, struct deadline_heap *deadlines, struct ike_jobs *jobs);
int peer_names_add(struct peer_names *names, const char *text); // -ENOMEM
unsigned peer_names_count(const struct peer_names *names);      // of addresses; NULL is taken
// The i-th of all addresses; NULL: there are no more.
const struct address *peer_names_address(const struct peer_names *names, unsigned i);
bool peer_names_have(const struct peer_names *names, const struct address *address); // NULL is taken
// Keeps what a name has led to. 1: they are others than before; -ENOMEM.
int peer_name_set(struct peer_name *name, const struct address *addresses, unsigned n);

#endif
