// Whole datagrams for transport mode, which takes no fragments (RFC 4303 3.1.1): the kernel cuts the gateway's own
// datagrams to the TUN's MTU, and here they are put together again. It hands the pieces over in their order; what comes
// otherwise is not ours to mend. Thread: its worker.
#ifndef BULKHEAD_ESP_REASSEMBLY_H
#define BULKHEAD_ESP_REASSEMBLY_H

#include "esp-d/flow.h"

#define REASSEMBLY_DATAGRAMS 8u // at a time

struct reassembly {
    struct reassembly_datagram {
        struct flow first; // of the first fragment
        uint64_t until_ms; // 0: free
        uint32_t n;        // bytes so far, header included
        uint8_t *p;        // its part of the room
    } datagram[REASSEMBLY_DATAGRAMS];
    unsigned next;
    uint8_t *room;
};

int reassembly_init(struct reassembly *reassembly); // -ENOMEM
void reassembly_done(struct reassembly *reassembly);
// A fragment. True: it was the last one, and ret_packet is the datagram without a trace of fragments, valid until the
// next call. False: more is to come, or (*ret_lost) it does not go on where the last one ended.
bool reassembly_add(struct reassembly *reassembly, struct bytes fragment, const struct flow *flow, uint64_t now_ms,
                    struct bytes *ret_packet, bool *ret_lost);

#endif
