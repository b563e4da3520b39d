// bhctl tunnels explain.
#include "ctl/command.h"

#include <string.h>

#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "ctl/render.h"
#include "lib/schema/wiping.h"

#define LOCAL_COLUMN_MAX 60

static const char *result_word(Bulkhead__V1__ExplainResult result)
{
    switch (result) {
    case BULKHEAD__V1__EXPLAIN_RESULT__EXPLAIN_RESULT_DONE:
        return "ok";
    case BULKHEAD__V1__EXPLAIN_RESULT__EXPLAIN_RESULT_FAILED:
        return "FAILED";
    case BULKHEAD__V1__EXPLAIN_RESULT__EXPLAIN_RESULT_PENDING:
        return "waits";
    default:
        return "-";
    }
}

static void print_steps(const struct invocation *inv, const Bulkhead__V1__ExplainTunnelResponse *answer)
{
    fprintf(inv->out, "Steps\n");
    for (size_t i = 0; i < answer->n_steps; i++) {
        const Bulkhead__V1__ExplainStep *step = answer->steps[i];
        char name[RENDER_TEXT_MAX];

        fprintf(inv->out, "  %-7s %-12s  ", result_word(step->result), render_cell(step->name, name, sizeof(name)));
        render_text(inv->out, step->text);
        fputc('\n', inv->out);
    }
}

static size_t widest(char *const *lines, size_t n)
{
    size_t width = strlen("here");

    for (size_t i = 0; i < n; i++)
        width = strlen(lines[i]) > width ? strlen(lines[i]) : width;
    return width < LOCAL_COLUMN_MAX ? width : LOCAL_COLUMN_MAX;
}

static void print_cell(FILE *out, const char *text, bool marked, size_t width)
{
    fputs(marked ? "> " : "  ", out);
    render_text(out, text);
    for (size_t n = strlen(text); n < width; n++)
        fputc(' ', out);
}

// Both sides, a line each, the first difference marked with '>'.
static void print_comparison(const struct invocation *inv, const Bulkhead__V1__Comparison *c)
{
    size_t rows = c->n_local > c->n_remote ? c->n_local : c->n_remote;
    size_t width = widest(c->local, c->n_local);

    fprintf(inv->out, "Side by side: ");
    render_text(inv->out, c->subject);
    fprintf(inv->out, "\n    %-*s    at the peer\n", (int)width, "here");
    for (size_t i = 0; i < rows; i++) {
        const char *remote = i < c->n_remote ? c->remote[i] : "";

        fputs("  ", inv->out);
        print_cell(inv->out, i < c->n_local ? c->local[i] : "", c->local_line == i + 1, width);
        if (i == 0 && !c->n_remote && !*c->difference)
            remote = "(it did not say)";
        if (*remote) {
            fputs("  ", inv->out);
            print_cell(inv->out, remote, c->remote_line == i + 1, 0);
        }
        fputc('\n', inv->out);
    }
    render_field(inv->out, 2, "differs in", c->difference);
}

// Lines of their own, so that they can be copied.
static void print_indented(FILE *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char line[512];

        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        fputs("      ", out);
        render_text(out, line);
        fputc('\n', out);
        text += n + (text[n] == '\n');
    }
}

static void print_cures(const struct invocation *inv, const Bulkhead__V1__TunnelFailure *failure)
{
    if (!failure->n_cures)
        return;
    fprintf(inv->out, "What to change, on one side\n");
    for (size_t i = 0; i < failure->n_cures; i++) {
        const Bulkhead__V1__Cure *cure = failure->cures[i];
        bool local = strcmp(cure->side, "local") == 0;
        const Bulkhead__V1__Cure *before = i ? failure->cures[i - 1] : NULL;

        if (before && strcmp(before->side, cure->side) == 0 && strcmp(before->vendor, cure->vendor) == 0) {
            print_indented(inv->out, cure->text); // goes with the one before
            continue;
        }
        fputs(local ? "  here" : "  at the peer", inv->out);
        if (!local && *cure->vendor) {
            fputs(", in words of ", inv->out);
            render_text(inv->out, cure->vendor);
        }
        fputs(":\n", inv->out);
        print_indented(inv->out, cure->text);
    }
}

static void print_failure(const struct invocation *inv, const Bulkhead__V1__TunnelFailure *failure)
{
    char cause[RENDER_TEXT_MAX];

    fprintf(inv->out, "Cause\n");
    render_field(inv->out, 2, "cause", render_enum(&bulkhead__v1__failure_cause__descriptor, failure->cause, cause));
    render_field(inv->out, 2, "notify", failure->notify);
    render_field(inv->out, 2, "refused by", strcmp(failure->side, "local") == 0 ? "this gateway" : "the peer");
    render_field(inv->out, 2, "when", render_time(failure->time, cause));
    if (failure->comparison)
        print_comparison(inv, failure->comparison);
    print_cures(inv, failure);
}

static void print_explanation(const struct invocation *inv, const Bulkhead__V1__ExplainTunnelResponse *answer)
{
    const Bulkhead__V1__TunnelStatus *t = answer->tunnel;
    char text[RENDER_TEXT_MAX];

    render_field(inv->out, 0, "tunnel", t->name);
    render_field(inv->out, 0, "state", render_enum(&bulkhead__v1__tunnel_state__descriptor, t->state, text));
    render_field(inv->out, 0, "for", render_age(t->since, inv->now_s, text));
    if (t->next_try)
        render_field(inv->out, 0, "next try in", render_age(t->next_try, inv->now_s, text));
    render_field(inv->out, 0, "why", answer->summary);
    print_steps(inv, answer);
    if (t->failure)
        print_failure(inv, t->failure);
    if (answer->n_warnings)
        fprintf(inv->out, "Warnings\n");
    for (size_t i = 0; i < answer->n_warnings; i++) {
        fputs("  - ", inv->out);
        render_text(inv->out, answer->warnings[i]);
        fputc('\n', inv->out);
    }
}

enum exit_code tunnels_explain(const struct invocation *inv)
{
    Bulkhead__V1__ExplainTunnelRequest request = BULKHEAD__V1__EXPLAIN_TUNNEL_REQUEST__INIT;
    const Bulkhead__V1__ExplainTunnelResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code;

    request.name = (char *)inv->arg[0];
    code = invocation_call(inv, "TunnelService/ExplainTunnel", &request.base,
                           &bulkhead__v1__explain_tunnel_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__ExplainTunnelResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else if (answer->tunnel)
        print_explanation(inv, answer);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
