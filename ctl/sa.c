#include "ctl/sa.h"

#include "bulkhead/v1/sa_service.pb-c.h"
#include "ctl/command.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "lib/schema/wiping.h"

static const struct table_column columns[] = {
    {.title = "TUNNEL"},
    {.title = "SPI-IN"},
    {.title = "SPI-OUT"},
    {.title = "STATE"},
    {.title = "SUITE"},
    {.title = "MODE"},
    {.title = "ENCAP"},
    {.title = "ESN"},
    {.title = "LOCAL"},
    {.title = "REMOTE"},
    {.title = "BYTES-IN", .right = true},
    {.title = "BYTES-OUT", .right = true},
    {.title = "SELECTORS", .shrinks = true, .optional = true},
    {.title = "WHY-ENCAP", .shrinks = true, .optional = true},
};

// "10.1.0.0/24 fd00:1::/64 - 10.2.0.0/24 fd00:2::/64"
static const char *format_selectors(const Bulkhead__V1__Sa *sa, char *out, size_t out_size)
{
    FILE *f;

    out[0] = '\0';
    if (!sa->n_local_selectors && !sa->n_remote_selectors)
        return out;
    f = fmemopen(out, out_size, "w");
    if (!f)
        return out;
    for (size_t i = 0; i < sa->n_local_selectors; i++)
        fprintf(f, "%s ", sa->local_selectors[i]);
    fputc('-', f);
    for (size_t i = 0; i < sa->n_remote_selectors; i++)
        fprintf(f, " %s", sa->remote_selectors[i]);
    fclose(f);
    out[out_size - 1] = '\0';
    return out;
}

static void add_row(struct table *table, const Bulkhead__V1__Sa *sa)
{
    char state[RENDER_TEXT_MAX], in[RENDER_TEXT_MAX], out[RENDER_TEXT_MAX], selectors[256];

    table_add(table, (const char *const[]){
                         sa->tunnel,
                         sa->spi_in,
                         sa->spi_out,
                         render_enum(&bulkhead__v1__sa_state__descriptor, sa->state, state),
                         sa->suite,
                         sa->mode,
                         sa->encapsulation,
                         sa->esn ? "yes" : "no",
                         sa->local,
                         sa->remote,
                         render_bytes(sa->counters ? sa->counters->bytes_in : 0, in),
                         render_bytes(sa->counters ? sa->counters->bytes_out : 0, out),
                         format_selectors(sa, selectors, sizeof(selectors)),
                         sa->encapsulation_reason,
                     });
}

void sa_print_table(const struct invocation *inv, Bulkhead__V1__Sa *const *sas, size_t n)
{
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));

    if (!table)
        return;
    for (size_t i = 0; i < n; i++)
        add_row(table, sas[i]);
    table_print(table, inv->out, inv->width);
    table_free(table);
}

enum exit_code sas_list(const struct invocation *inv)
{
    Bulkhead__V1__ListSasRequest request = BULKHEAD__V1__LIST_SAS_REQUEST__INIT;
    Bulkhead__V1__ListSasResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code;

    if (inv->n_args)
        request.tunnel = (char *)inv->arg[0];
    code = invocation_call(inv, "SaService/ListSas", &request.base, &bulkhead__v1__list_sas_response__descriptor,
                           &message);
    if (code != EXIT_OK)
        return code;
    answer = (Bulkhead__V1__ListSasResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        sa_print_table(inv, answer->sas, answer->n_sas);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
