// bhctl fw.
#include "ctl/command.h"

#include <inttypes.h>

#include "bulkhead/v1/firewall_service.pb-c.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "lib/schema/wiping.h"

static enum exit_code get_firewall(const struct invocation *inv, ProtobufCMessage **ret_message)
{
    Bulkhead__V1__GetFirewallRequest request = BULKHEAD__V1__GET_FIREWALL_REQUEST__INIT;

    return invocation_call(inv, "FirewallService/GetFirewall", &request.base,
                           &bulkhead__v1__get_firewall_response__descriptor, ret_message);
}

static void print_number(const struct invocation *inv, const char *name, uint64_t number)
{
    char text[RENDER_TEXT_MAX];

    snprintf(text, sizeof(text), "%" PRIu64, number);
    render_field(inv->out, 0, name, text);
}

static void add_counter(struct table *table, const char *name, uint64_t packets, uint64_t bytes)
{
    char packets_text[RENDER_TEXT_MAX], bytes_text[RENDER_TEXT_MAX];

    snprintf(packets_text, sizeof(packets_text), "%" PRIu64, packets);
    table_add(table, (const char *const[]){name, packets_text, render_bytes(bytes, bytes_text)});
}

static void print_counters(const struct invocation *inv, const Bulkhead__V1__GetFirewallResponse *answer)
{
    static const struct table_column columns[] = {
        {.title = "COUNTER"}, {.title = "PACKETS", .right = true}, {.title = "BYTES", .right = true}};
    struct table *table = table_new(columns, 3);

    for (size_t i = 0; table && i < answer->n_counters; i++)
        add_counter(table, answer->counters[i]->name, answer->counters[i]->packets, answer->counters[i]->bytes);
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

static void print_finding(const struct invocation *inv, const Bulkhead__V1__FirewallFinding *finding)
{
    render_text(inv->out, finding->where);
    fputc('\n', inv->out);
    render_field(inv->out, 2, "problem", finding->problem);
    render_field(inv->out, 2, "cure", finding->cure);
}

static void print_findings(const struct invocation *inv, const Bulkhead__V1__GetFirewallResponse *answer)
{
    for (size_t i = 0; i < answer->n_findings; i++)
        print_finding(inv, answer->findings[i]);
}

static void print_status(const struct invocation *inv, const Bulkhead__V1__GetFirewallResponse *answer)
{
    render_field(inv->out, 0, "table", answer->stands ? answer->ownership : "not there");
    print_number(inv, "policies", answer->policies);
    print_number(inv, "with bypasses", answer->policies_with_bypasses);
    print_number(inv, "untracked", answer->policies_untracked);
    for (size_t i = 0; i < answer->n_maps; i++)
        render_field(inv->out, 0, "map", answer->maps[i]);
    print_counters(inv, answer);
    print_findings(inv, answer);
}

enum exit_code fw_status(const struct invocation *inv)
{
    ProtobufCMessage *message;
    enum exit_code code = get_firewall(inv, &message);

    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        print_status(inv, (const Bulkhead__V1__GetFirewallResponse *)message);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code fw_check(const struct invocation *inv)
{
    const Bulkhead__V1__GetFirewallResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = get_firewall(inv, &message);

    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__GetFirewallResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else if (answer->n_findings)
        print_findings(inv, answer);
    else
        fputs("nothing found that keeps packets from the tunnels\n", inv->out);
    if (code == EXIT_OK && answer->n_findings)
        code = EXIT_REFUSED;
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

static void print_tunnels(const struct invocation *inv, const Bulkhead__V1__ListTunnelCountersResponse *answer)
{
    static const struct table_column columns[] = {
        {.title = "TUNNEL"}, {.title = "PACKETS", .right = true}, {.title = "BYTES", .right = true}};
    struct table *table = table_new(columns, 3);

    for (size_t i = 0; table && i < answer->n_counters; i++)
        add_counter(table, answer->counters[i]->tunnel, answer->counters[i]->packets, answer->counters[i]->bytes);
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

enum exit_code fw_counters(const struct invocation *inv)
{
    Bulkhead__V1__ListTunnelCountersRequest request = BULKHEAD__V1__LIST_TUNNEL_COUNTERS_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "FirewallService/ListTunnelCounters", &request.base,
                                          &bulkhead__v1__list_tunnel_counters_response__descriptor, &message);

    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        print_tunnels(inv, (const Bulkhead__V1__ListTunnelCountersResponse *)message);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
