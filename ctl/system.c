// bhctl system and version.
#include "ctl/command.h"

#include <inttypes.h>
#include <string.h>

#include "bulkhead/v1/system_service.pb-c.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "lib/schema/wiping.h"

static void print_processes(const struct invocation *inv, const Bulkhead__V1__GetStatusResponse *answer)
{
    static const struct table_column columns[] = {{.title = "PROCESS"}, {.title = "CONNECTED"}};
    struct table *table = table_new(columns, 2);

    for (size_t i = 0; table && i < answer->n_processes; i++)
        table_add(table,
                  (const char *const[]){answer->processes[i]->role, answer->processes[i]->connected ? "yes" : "no"});
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

// Only what was counted: there are dozens of reasons. JSON has them all.
static void print_drops(const struct invocation *inv, const Bulkhead__V1__GetStatusResponse *answer)
{
    static const struct table_column columns[] = {{.title = "DROPPED BECAUSE"}, {.title = "PACKETS", .right = true}};
    struct table *table = table_new(columns, 2);
    bool any = false;

    for (size_t i = 0; table && i < answer->n_drops; i++) {
        char packets[RENDER_TEXT_MAX];

        if (answer->drops[i]->packets == 0)
            continue;
        any = true;
        snprintf(packets, sizeof(packets), "%" PRIu64, answer->drops[i]->packets);
        table_add(table, (const char *const[]){answer->drops[i]->reason, packets});
    }
    if (table && any)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

// "46.0": packets in a batch.
static void format_mean(uint64_t packets, uint64_t batches, char text[RENDER_TEXT_MAX])
{
    if (batches)
        snprintf(text, RENDER_TEXT_MAX, "%.1f", (double)packets / (double)batches);
    else
        snprintf(text, RENDER_TEXT_MAX, "-");
}

static void add_worker(struct table *table, size_t i, const Bulkhead__V1__WorkerCounters *w)
{
    char number[RENDER_TEXT_MAX], out[RENDER_TEXT_MAX], in[RENDER_TEXT_MAX];
    char read[RENDER_TEXT_MAX], sent[RENDER_TEXT_MAX], received[RENDER_TEXT_MAX], written[RENDER_TEXT_MAX];

    snprintf(number, sizeof(number), "%zu", i);
    snprintf(out, sizeof(out), "%" PRIu64, w->packets_sent);
    snprintf(in, sizeof(in), "%" PRIu64, w->packets_received);
    format_mean(w->packets_read, w->tun_reads, read);
    format_mean(w->packets_sent, w->sends, sent);
    format_mean(w->packets_received, w->receives, received);
    format_mean(w->packets_written, w->tun_writes, written);
    table_add(table, (const char *const[]){number, out, read, sent, in, received, written});
}

static void print_workers(const struct invocation *inv, const Bulkhead__V1__GetStatusResponse *answer)
{
    static const struct table_column columns[] = {
        {.title = "WORKER"},
        {.title = "PACKETS OUT", .right = true},
        {.title = "A READ", .right = true},
        {.title = "A SEND", .right = true},
        {.title = "PACKETS IN", .right = true},
        {.title = "A RECEIVE", .right = true},
        {.title = "A WRITE", .right = true},
    };
    struct table *table = table_new(columns, 7);

    for (size_t i = 0; table && i < answer->n_workers; i++)
        add_worker(table, i, answer->workers[i]);
    if (table && answer->n_workers)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

static bool is_in(const Bulkhead__V1__CipherAlgorithm *a, const char *backend, bool failed)
{
    for (size_t i = 0; failed && i < a->n_failed_backends; i++) {
        if (!strcmp(a->failed_backends[i], backend))
            return true;
    }
    return !failed && !strcmp(a->backend, backend);
}

// "ipsec-mb: aes256gcm16 aes192gcm16 ...": the algorithms that a backend runs, or failed at.
static void print_algorithms(const struct invocation *inv, const Bulkhead__V1__GetStatusResponse *answer,
                             const char *title, const char *backend, bool failed)
{
    char names[1024] = "";
    size_t used = 0;

    for (size_t i = 0; i < answer->n_cipher_algorithms; i++) {
        const Bulkhead__V1__CipherAlgorithm *a = answer->cipher_algorithms[i];
        size_t n = strlen(a->name);

        if (!is_in(a, backend, failed) || used + n + 2 > sizeof(names))
            continue;
        if (used)
            names[used++] = ' ';
        memcpy(names + used, a->name, n + 1);
        used += n;
    }
    if (used)
        render_field(inv->out, 0, title, names);
}

static void print_ciphers(const struct invocation *inv, const Bulkhead__V1__GetStatusResponse *answer)
{
    render_field(inv->out, 0, "cipher backend", answer->cipher_backend);
    if (*answer->cpu_features)
        render_field(inv->out, 0, "cpu features", answer->cpu_features);
    print_algorithms(inv, answer, "by ipsec-mb", "ipsec-mb", false);
    print_algorithms(inv, answer, "by openssl", "openssl", false);
    print_algorithms(inv, answer, "disabled", "", false);
    print_algorithms(inv, answer, "failed in ipsec-mb", "ipsec-mb", true);
    print_algorithms(inv, answer, "failed in openssl", "openssl", true);
}

enum exit_code system_status(const struct invocation *inv)
{
    Bulkhead__V1__GetStatusRequest request = BULKHEAD__V1__GET_STATUS_REQUEST__INIT;
    const Bulkhead__V1__GetStatusResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code = invocation_call(inv, "SystemService/GetStatus", &request.base,
                                          &bulkhead__v1__get_status_response__descriptor, &message);

    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__GetStatusResponse *)message;
    if (inv->output == OUTPUT_JSON) {
        code = invocation_print_json(inv, message);
    } else {
        print_processes(inv, answer);
        print_ciphers(inv, answer);
        print_workers(inv, answer);
        print_drops(inv, answer);
        for (size_t i = 0; i < answer->n_warnings; i++)
            render_field(inv->out, 0, "warning", answer->warnings[i]);
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

// bhctl's own version is told even when nobody answers.
enum exit_code system_version(const struct invocation *inv)
{
    Bulkhead__V1__GetVersionRequest request = BULKHEAD__V1__GET_VERSION_REQUEST__INIT;
    const Bulkhead__V1__GetVersionResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code;

    if (inv->output == OUTPUT_TABLE)
        fprintf(inv->out, "bhctl %s\n", inv->version);
    code = invocation_call(inv, "SystemService/GetVersion", &request.base,
                           &bulkhead__v1__get_version_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__GetVersionResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else {
        fputs("gateway ", inv->out);
        render_text(inv->out, answer->version);
        fputc('\n', inv->out);
    }
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
