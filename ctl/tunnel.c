// bhctl tunnels.
#include "ctl/command.h"

#include <string.h>

#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "ctl/child.h"
#include "ctl/render.h"
#include "ctl/sa.h"
#include "ctl/table.h"
#include "lib/schema/wiping.h"

static const struct table_column columns[] = {
    {.title = "NAME"},
    {.title = "STATE"},
    {.title = "REMOTE"},
    {.title = "SUITE", .optional = true},
    {.title = "SINCE", .right = true},
    {.title = "IN", .right = true},
    {.title = "OUT", .right = true},
    {.title = "NEXT TRY", .right = true, .optional = true},
    {.title = "REASON", .shrinks = true, .optional = true},
};

static void add_row(struct table *table, const struct invocation *inv, const Bulkhead__V1__TunnelStatus *t)
{
    char state[RENDER_TEXT_MAX], since[RENDER_TEXT_MAX], in[RENDER_TEXT_MAX], out[RENDER_TEXT_MAX],
        next[RENDER_TEXT_MAX];
    const char *suite = t->n_sas ? t->sas[t->n_sas - 1]->suite : "";

    table_add(table, (const char *const[]){
                         t->name,
                         render_enum(&bulkhead__v1__tunnel_state__descriptor, t->state, state),
                         t->peer ? t->peer->remote : "",
                         suite,
                         render_age(t->since, inv->now_s, since),
                         render_bytes(t->bytes_in, in),
                         render_bytes(t->bytes_out, out),
                         render_age(t->next_try, inv->now_s, next),
                         t->failure ? t->failure->message : "",
                     });
}

enum exit_code tunnels_list(const struct invocation *inv)
{
    Bulkhead__V1__ListTunnelsRequest request = BULKHEAD__V1__LIST_TUNNELS_REQUEST__INIT;
    Bulkhead__V1__ListTunnelsResponse *answer;
    ProtobufCMessage *message;
    struct table *table;
    struct invocation list = *inv;
    enum exit_code code;

    request.summary = list.binary = inv->output == OUTPUT_TABLE;
    code = invocation_call(&list, "TunnelService/ListTunnels", &request.base,
                           &bulkhead__v1__list_tunnels_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (Bulkhead__V1__ListTunnelsResponse *)message;
    table = inv->output == OUTPUT_TABLE ? table_new(columns, sizeof(columns) / sizeof(columns[0])) : NULL;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    for (size_t i = 0; table && i < answer->n_tunnels; i++)
        add_row(table, inv, answer->tunnels[i]);
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

static void print_extensions(const struct invocation *inv, const Bulkhead__V1__Peer *peer)
{
    char line[256] = "none";
    size_t n = 0;

    for (size_t i = 0; i < peer->n_extensions && n < sizeof(line); i++)
        n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", i ? ", " : "", peer->extensions[i]);
    render_field(inv->out, 2, "extensions", line);
}

static void print_certificate(const struct invocation *inv, const Bulkhead__V1__PeerCertificate *certificate)
{
    char text[RENDER_TEXT_MAX];

    render_field(inv->out, 2, "proved by", "certificate");
    render_field(inv->out, 4, "subject", certificate->subject);
    render_field(inv->out, 4, "issuer", certificate->issuer);
    render_field(inv->out, 4, "serial", certificate->serial);
    render_field(inv->out, 4, "expires", render_time(certificate->not_after, text));
    if (*certificate->warning)
        render_field(inv->out, 4, "warning", certificate->warning);
}

static void print_peer(const struct invocation *inv, const Bulkhead__V1__Peer *peer)
{
    char text[RENDER_TEXT_MAX], spis[2 * RENDER_TEXT_MAX];

    fprintf(inv->out, "IKE SA\n");
    render_field(inv->out, 2, "state", render_enum(&bulkhead__v1__peer_state__descriptor, peer->state, text));
    render_field(inv->out, 2, "role", render_enum(&bulkhead__v1__peer_role__descriptor, peer->role, text));
    render_field(inv->out, 2, "local", peer->local);
    render_field(inv->out, 2, "remote", peer->remote);
    render_field(inv->out, 2, "local id", peer->local_id);
    render_field(inv->out, 2, "remote id", peer->remote_id);
    render_field(inv->out, 2, "suite", peer->suite);
    snprintf(spis, sizeof(spis), "%.20s_i %.20s_r", peer->initiator_spi, peer->responder_spi);
    render_field(inv->out, 2, "spis", spis);
    render_field(inv->out, 2, "nat",
                 peer->local_nat && peer->remote_nat ? "both sides"
                 : peer->local_nat                   ? "this side"
                 : peer->remote_nat                  ? "the peer's side"
                                                     : "none");
    print_extensions(inv, peer);
    if (peer->certificate)
        print_certificate(inv, peer->certificate);
    else if (peer->established)
        render_field(inv->out, 2, "proved by", "pre-shared key");
    render_field(inv->out, 2, "established", render_time(peer->established, text));
    render_field(inv->out, 2, "last heard", render_age(peer->last_heard, inv->now_s, text));
    if (peer->rekey_at)
        render_field(inv->out, 2, "rekey in", render_age(peer->rekey_at, inv->now_s, text));
}

static void print_failure(const struct invocation *inv, const Bulkhead__V1__TunnelFailure *failure)
{
    char text[RENDER_TEXT_MAX];

    fprintf(inv->out, "Last failure\n");
    render_field(inv->out, 2, "when", render_time(failure->time, text));
    render_field(inv->out, 2, "refused by",
                 strcmp(failure->side, "local") == 0    ? "this gateway"
                 : strcmp(failure->side, "remote") == 0 ? "the peer"
                                                        : failure->side);
    render_field(inv->out, 2, "notify", failure->notify);
    render_field(inv->out, 2, "local offer", failure->local_offer);
    render_field(inv->out, 2, "remote offer", failure->remote_offer);
    render_field(inv->out, 2, "what to change", failure->message);
}

static void print_ranges(FILE *out, const char *one, char *const *several, size_t n)
{
    if (n == 0)
        render_text(out, one);
    for (size_t i = 0; i < n; i++) {
        if (i)
            fputs(" ", out);
        render_text(out, several[i]);
    }
}

static void print_policies(const struct invocation *inv, const Bulkhead__V1__Tunnel *config)
{
    fprintf(inv->out, "Policies\n");
    for (size_t i = 0; i < config->n_policies; i++) {
        const Bulkhead__V1__Policy *p = config->policies[i];
        char action[RENDER_TEXT_MAX];

        fputs("  ", inv->out);
        print_ranges(inv->out, p->local, p->locals, p->n_locals);
        fputs(" - ", inv->out);
        print_ranges(inv->out, p->remote, p->remotes, p->n_remotes);
        if (*p->protocol) {
            fputs(", ", inv->out);
            render_text(inv->out, p->protocol);
        }
        if (*p->icmp_type) {
            fputs(" type ", inv->out);
            render_text(inv->out, p->icmp_type);
        }
        if (p->action > BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_PROTECT)
            fprintf(inv->out, ", %s", render_enum(&bulkhead__v1__policy_action__descriptor, p->action, action));
        fputc('\n', inv->out);
    }
}

// Is there more to tell than the tunnel's state?
static bool has_parts(const Bulkhead__V1__TunnelStatus *t)
{
    return t->n_children > 1 ||
           (t->n_children == 1 && t->children[0]->pairs_up && t->children[0]->pairs_up < t->children[0]->pairs);
}

static void print_status(const struct invocation *inv, const Bulkhead__V1__TunnelStatus *t)
{
    char text[RENDER_TEXT_MAX];

    render_field(inv->out, 0, "tunnel", t->name);
    render_field(inv->out, 0, "state", render_enum(&bulkhead__v1__tunnel_state__descriptor, t->state, text));
    if (t->since)
        render_field(inv->out, 0, "since", render_time(t->since, text));
    if (t->next_try)
        render_field(inv->out, 0, "next try in", render_age(t->next_try, inv->now_s, text));
    if (t->n_children > 1)
        render_field(inv->out, 0, "children", child_count_text(t, text, sizeof(text)));
    if (t->peer)
        print_peer(inv, t->peer);
    if (has_parts(t)) {
        fprintf(inv->out, "Children\n");
        child_print_table(inv, t);
    }
    if (t->n_sas) {
        fprintf(inv->out, "ESP SAs\n");
        sa_print_table(inv, t->sas, t->n_sas);
    }
    if (t->failure)
        print_failure(inv, t->failure);
}

enum exit_code tunnels_show(const struct invocation *inv)
{
    Bulkhead__V1__GetTunnelRequest request = BULKHEAD__V1__GET_TUNNEL_REQUEST__INIT;
    Bulkhead__V1__GetTunnelResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code;

    request.name = (char *)inv->arg[0];
    code = invocation_call(inv, "TunnelService/GetTunnel", &request.base,
                           &bulkhead__v1__get_tunnel_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (Bulkhead__V1__GetTunnelResponse *)message;
    if (inv->output == OUTPUT_JSON) {
        code = invocation_print_json(inv, message);
    } else {
        if (answer->tunnel)
            print_status(inv, answer->tunnel);
        if (answer->config)
            print_policies(inv, answer->config);
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

// What `up` and `down` have in common: print the state that the tunnel is in now.
static enum exit_code change_state(const struct invocation *inv, const char *method, const ProtobufCMessage *request,
                                   const ProtobufCMessageDescriptor *descriptor)
{
    const Bulkhead__V1__TunnelStatus *status;
    char state[RENDER_TEXT_MAX];
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, method, request, descriptor, &message);

    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON) {
        code = invocation_print_json(inv, message);
    } else {
        // the answers of both methods have the same only field
        status = descriptor == &bulkhead__v1__up_tunnel_response__descriptor
                     ? ((Bulkhead__V1__UpTunnelResponse *)message)->tunnel
                     : ((Bulkhead__V1__DownTunnelResponse *)message)->tunnel;
        fprintf(inv->out, "%s: %s\n", inv->arg[0],
                status ? render_enum(&bulkhead__v1__tunnel_state__descriptor, status->state, state) : "done");
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code tunnels_up(const struct invocation *inv)
{
    Bulkhead__V1__UpTunnelRequest request = BULKHEAD__V1__UP_TUNNEL_REQUEST__INIT;

    request.name = (char *)inv->arg[0];
    return change_state(inv, "TunnelService/UpTunnel", &request.base, &bulkhead__v1__up_tunnel_response__descriptor);
}

enum exit_code tunnels_down(const struct invocation *inv)
{
    Bulkhead__V1__DownTunnelRequest request = BULKHEAD__V1__DOWN_TUNNEL_REQUEST__INIT;

    request.name = (char *)inv->arg[0];
    return change_state(inv, "TunnelService/DownTunnel", &request.base,
                        &bulkhead__v1__down_tunnel_response__descriptor);
}
