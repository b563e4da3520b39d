// bhctl events.
#include "bulkhead/v1/event_service.pb-c.h"
#include "ctl/command.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "lib/schema/wiping.h"

static const struct table_column columns[] = {
    {.title = "TIME"},   {.title = "SEVERITY"},
    {.title = "KIND"},   {.title = "CAUSE", .optional = true},
    {.title = "TUNNEL"}, {.title = "MESSAGE", .shrinks = true},
};

static void print_events(const struct invocation *inv, const Bulkhead__V1__ListEventsResponse *answer)
{
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));

    for (size_t i = 0; table && i < answer->n_events; i++) {
        const Bulkhead__V1__Event *e = answer->events[i];
        char time[RENDER_TEXT_MAX], severity[RENDER_TEXT_MAX], cause[RENDER_TEXT_MAX];

        table_add(table, (const char *const[]){
                             render_time(e->time, time),
                             render_enum(&bulkhead__v1__event_severity__descriptor, e->severity, severity),
                             e->kind,
                             e->cause ? render_enum(&bulkhead__v1__failure_cause__descriptor, e->cause, cause) : "",
                             e->tunnel,
                             e->message,
                         });
    }
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

enum exit_code events_list(const struct invocation *inv)
{
    Bulkhead__V1__ListEventsRequest request = BULKHEAD__V1__LIST_EVENTS_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    if (inv->n_args)
        request.tunnel = (char *)inv->arg[0];
    code = invocation_call(inv, "EventService/ListEvents", &request.base,
                           &bulkhead__v1__list_events_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        print_events(inv, (Bulkhead__V1__ListEventsResponse *)message);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
