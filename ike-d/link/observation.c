#include "ike-d/link/observation.h"

#include <stddef.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/exch/knock.h"
#include "ike-d/link/ike.h"

_Static_assert((int)STRANGER_IKEV1 == (int)BULKHEAD__V1__UNKNOWN_PEER_REASON__UNKNOWN_PEER_REASON_IKEV1,
               "the reasons are those of bulkhead.v1.UnknownPeerReason");

// One of the answer, with the texts that are made for it.
struct row {
    Bulkhead__V1__UnknownPeer out;
    Google__Protobuf__Timestamp first;
    Google__Protobuf__Timestamp last;
    char remote[ENDPOINT_TEXT_MAX];
    char local[ENDPOINT_TEXT_MAX];
    char message[KNOCK_TEXT_BYTES];
};

static void fill(struct row *row, struct stranger *stranger)
{
    bulkhead__v1__unknown_peer__init(&row->out);
    google__protobuf__timestamp__init(&row->first);
    google__protobuf__timestamp__init(&row->last);
    row->first.seconds = (int64_t)stranger->first_s;
    row->last.seconds = (int64_t)stranger->last_s;
    row->out.first = &row->first;
    row->out.last = &row->last;
    row->out.remote = endpoint_format(&stranger->remote, row->remote, sizeof(row->remote));
    row->out.local = endpoint_format(&stranger->local, row->local, sizeof(row->local));
    row->out.times = stranger->times;
    row->out.reason = (Bulkhead__V1__UnknownPeerReason)stranger->reason; // same numbers
    row->out.offer = stranger->offer;
    row->out.identity = stranger->identity;
    row->out.vendor = (char *)(uintptr_t)vendor_name(stranger->vendor);
    row->out.message = knock_explain(stranger, row->message);
}

void observation_list_unknown_peers(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct strangers *strangers = &ike_of(arg)->core.strangers;
    Bulkhead__Internal__V1__IkeListUnknownPeersResponse response;
    Bulkhead__V1__ListUnknownPeersResponse unknown;
    Bulkhead__V1__UnknownPeer *list[STRANGERS_MAX];
    struct row *rows = calloc(STRANGERS_MAX, sizeof(*rows));
    (void)message;
    if (!rows) {
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    bulkhead__internal__v1__ike_list_unknown_peers_response__init(&response);
    bulkhead__v1__list_unknown_peers_response__init(&unknown);
    for (unsigned i = 0; i < strangers->n; i++) {
        fill(&rows[i], &strangers->list[i]);
        list[i] = &rows[i].out;
    }
    unknown.peers = list;
    unknown.n_peers = strangers->n;
    unknown.not_noted = strangers->not_noted;
    response.unknown = &unknown;
    ipc_request_reply(request, &response.base);
    free(rows);
}

static const struct {
    const char *reason;
    size_t member; // of struct ike_drops
} drops[] = {
    {"ike_not_ike", offsetof(struct ike_drops, not_ike)},
    {"ike_old_version", offsetof(struct ike_drops, old_version)},
    {"ike_too_long", offsetof(struct ike_drops, too_long)},
    {"ike_unknown_spi", offsetof(struct ike_drops, unknown_spi)},
    {"ike_not_authentic", offsetof(struct ike_drops, not_authentic)},
    {"ike_message_id", offsetof(struct ike_drops, message_id)},
    {"ike_half_open_limit", offsetof(struct ike_drops, half_open_limit)},
    {"ike_unexpected", offsetof(struct ike_drops, unexpected)},
    {"ike_fragments", offsetof(struct ike_drops, fragments)},
    {"ike_no_memory", offsetof(struct ike_drops, no_memory)},
};
#define DROPS (sizeof(drops) / sizeof(drops[0]))
_Static_assert(DROPS * sizeof(uint64_t) == sizeof(struct ike_drops), "every counter is told");

void observation_list_counters(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const struct ike_drops *counters = &ike_of(arg)->core.drops;
    Bulkhead__Internal__V1__IkeCountersResponse response;
    Bulkhead__V1__DropCounter counter[DROPS];
    Bulkhead__V1__DropCounter *list[DROPS];
    (void)message;
    bulkhead__internal__v1__ike_counters_response__init(&response);
    for (size_t i = 0; i < DROPS; i++) {
        bulkhead__v1__drop_counter__init(&counter[i]);
        counter[i].reason = (char *)(uintptr_t)drops[i].reason;
        counter[i].packets = *(const uint64_t *)(const void *)((const char *)counters + drops[i].member);
        list[i] = &counter[i];
    }
    response.drops = list;
    response.n_drops = DROPS;
    ipc_request_reply(request, &response.base);
}
