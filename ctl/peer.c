// bhctl peers.
#include "ctl/command.h"

#include <inttypes.h>

#include "bulkhead/v1/peer_service.pb-c.h"
#include "ctl/render.h"
#include "lib/schema/wiping.h"

static void print_unknown(const struct invocation *inv, const Bulkhead__V1__UnknownPeer *peer)
{
    char text[RENDER_TEXT_MAX], last[RENDER_TEXT_MAX];

    render_text(inv->out, peer->remote);
    if (*peer->vendor) {
        fputs(" (", inv->out);
        render_text(inv->out, peer->vendor);
        fputc(')', inv->out);
    }
    fputc('\n', inv->out);
    render_field(inv->out, 2, "why", render_enum(&bulkhead__v1__unknown_peer_reason__descriptor, peer->reason, text));
    snprintf(text, sizeof(text), "%" PRIu64 ", the last %s ago", peer->times, render_age(peer->last, inv->now_s, last));
    render_field(inv->out, 2, "calls", text);
    render_field(inv->out, 2, "to", peer->local);
    render_field(inv->out, 2, "identity", peer->identity);
    render_field(inv->out, 2, "offer", peer->offer);
    render_field(inv->out, 2, "what is needed", peer->message);
}

enum exit_code peers_unknown(const struct invocation *inv)
{
    Bulkhead__V1__ListUnknownPeersRequest request = BULKHEAD__V1__LIST_UNKNOWN_PEERS_REQUEST__INIT;
    const Bulkhead__V1__ListUnknownPeersResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "PeerService/ListUnknownPeers", &request.base,
                                          &bulkhead__v1__list_unknown_peers_response__descriptor, &message);

    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__ListUnknownPeersResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    for (size_t i = 0; inv->output == OUTPUT_TABLE && i < answer->n_peers; i++)
        print_unknown(inv, answer->peers[i]);
    if (inv->output == OUTPUT_TABLE && answer->not_noted)
        fprintf(inv->out, "%" PRIu64 " more calls came too fast to be noted\n", answer->not_noted);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
