#include "ctl/pki_print.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/render.h"
#include "ctl/table.h"

#define SOON_DAYS 30

typedef Bulkhead__V1__Certificate Certificate;

static const struct table_column certificate_columns[] = {
    {.title = "NAME"},
    {.title = "CA"},
    {.title = "FOR", .optional = true},
    {.title = "NAMES", .shrinks = true, .optional = true},
    {.title = "KEY"},
    {.title = "STATE"},
    {.title = "EXPIRES"},
    {.title = "DAYS LEFT", .right = true},
};

static const struct table_column authority_columns[] = {
    {.title = "NAME"},
    {.title = "CA"},
    {.title = "SUBJECT", .shrinks = true},
    {.title = "KEY"},
    {.title = "STATE"},
    {.title = "EXPIRES"},
    {.title = "DAYS LEFT", .right = true},
    {.title = "ISSUED", .right = true},
    {.title = "CRL", .right = true, .optional = true},
};

static const char *join(char *const *texts, size_t n, const char *between, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? between : "", texts[i]);
    return out;
}

static bool is_among(char *const *texts, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

// By its extended key usage.
static const char *purpose_of(const Certificate *c)
{
    bool server = is_among(c->extended_key_usage, c->n_extended_key_usage, "serverAuth");
    bool client = is_among(c->extended_key_usage, c->n_extended_key_usage, "clientAuth");

    if (c->is_authority)
        return "ca";
    if (server)
        return client ? "site" : "server";
    return client ? "client" : "";
}

// "2036-11-20"
static const char *day_of(const Google__Protobuf__Timestamp *t, char out[RENDER_TEXT_MAX])
{
    render_time(t, out);
    out[strcspn(out, "T")] = '\0';
    return out;
}

static const char *key_of(const Certificate *c, char out[RENDER_TEXT_MAX])
{
    snprintf(out, RENDER_TEXT_MAX, "%s%s", c->key_type, c->has_key ? "" : " (elsewhere)");
    return out;
}

static enum table_colour colour_of(const Certificate *c)
{
    if (c->state != BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_VALID)
        return c->state == BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_NOT_YET_VALID ? TABLE_COLOUR_YELLOW
                                                                                            : TABLE_COLOUR_RED;
    return c->days_left <= SOON_DAYS ? TABLE_COLOUR_YELLOW : TABLE_COLOUR_NONE;
}

static void add_certificate(struct table *table, const Certificate *c)
{
    char names[512], key[RENDER_TEXT_MAX], state[RENDER_TEXT_MAX], day[RENDER_TEXT_MAX], left[RENDER_TEXT_MAX];

    snprintf(left, sizeof(left), "%d", c->days_left);
    table_add(table, (const char *const[]){
                         c->name,
                         c->issuer,
                         purpose_of(c),
                         join(c->alt_names, c->n_alt_names, " ", names, sizeof(names)),
                         key_of(c, key),
                         render_enum(&bulkhead__v1__certificate_state__descriptor, c->state, state),
                         day_of(c->not_after, day),
                         left,
                     });
    table_colour(table, colour_of(c));
}

void pki_print_certificates(const struct invocation *inv, Certificate *const *certificates, size_t n)
{
    struct table *table = table_new(certificate_columns, sizeof(certificate_columns) / sizeof(certificate_columns[0]));

    for (size_t i = 0; table && i < n; i++)
        add_certificate(table, certificates[i]);
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

static void add_authority(struct table *table, const Certificate *c)
{
    char key[RENDER_TEXT_MAX], state[RENDER_TEXT_MAX], day[RENDER_TEXT_MAX], left[RENDER_TEXT_MAX],
        issued[RENDER_TEXT_MAX], crl[RENDER_TEXT_MAX] = "";

    snprintf(left, sizeof(left), "%d", c->days_left);
    snprintf(issued, sizeof(issued), "%u", c->issued);
    if (c->crl_number)
        snprintf(crl, sizeof(crl), "%llu", (unsigned long long)c->crl_number);
    table_add(table, (const char *const[]){
                         c->name,
                         c->issuer,
                         c->subject,
                         key_of(c, key),
                         render_enum(&bulkhead__v1__certificate_state__descriptor, c->state, state),
                         day_of(c->not_after, day),
                         left,
                         issued,
                         crl,
                     });
    table_colour(table, colour_of(c));
}

void pki_print_authorities(const struct invocation *inv, Certificate *const *certificates, size_t n)
{
    struct table *table = table_new(authority_columns, sizeof(authority_columns) / sizeof(authority_columns[0]));

    for (size_t i = 0; table && i < n; i++)
        add_authority(table, certificates[i]);
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
}

static void print_list(FILE *out, const char *name, char *const *texts, size_t n)
{
    char line[2048];

    render_field(out, 2, name, join(texts, n, ", ", line, sizeof(line)));
}

static void print_number(FILE *out, const char *name, unsigned long long number)
{
    char text[RENDER_TEXT_MAX];

    snprintf(text, sizeof(text), "%llu", number);
    render_field(out, 2, name, text);
}

static void print_state(const struct invocation *inv, const Certificate *c)
{
    char state[RENDER_TEXT_MAX], reason[RENDER_TEXT_MAX], time[RENDER_TEXT_MAX], line[4 * RENDER_TEXT_MAX];

    render_enum(&bulkhead__v1__certificate_state__descriptor, c->state, state);
    if (c->state == BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_REVOKED)
        snprintf(line, sizeof(line), "%s at %s, %s", state, render_time(c->revoked_at, time),
                 render_enum(&bulkhead__v1__revocation_reason__descriptor, c->revocation_reason, reason));
    else
        snprintf(line, sizeof(line), "%s", state);
    render_field(inv->out, 2, "state", line);
    render_field(inv->out, 2, "valid from", render_time(c->not_before, time));
    snprintf(line, sizeof(line), "%s (%d days left)", render_time(c->not_after, time), c->days_left);
    render_field(inv->out, 2, "valid until", line);
}

static void print_authority(const struct invocation *inv, const Certificate *c)
{
    char time[RENDER_TEXT_MAX];

    if (c->path_length >= 0)
        print_number(inv->out, "path length", (unsigned long long)c->path_length);
    print_number(inv->out, "issued", c->issued);
    if (!c->crl_number)
        return;
    print_number(inv->out, "crl number", c->crl_number);
    render_field(inv->out, 2, "next update", render_time(c->crl_next_update, time));
}

void pki_print_certificate(const struct invocation *inv, const Certificate *c)
{
    char key[RENDER_TEXT_MAX], source[RENDER_TEXT_MAX];

    render_text(inv->out, c->name);
    fputc('\n', inv->out);
    render_field(inv->out, 2, "subject", c->subject);
    render_field(inv->out, 2, "issuer", c->issuer_subject);
    render_field(inv->out, 2, "ca", c->issuer);
    render_field(inv->out, 2, "serial", c->serial);
    print_state(inv, c);
    print_list(inv->out, "names", c->alt_names, c->n_alt_names);
    render_field(inv->out, 2, "key", key_of(c, key));
    print_list(inv->out, "key usage", c->key_usage, c->n_key_usage);
    print_list(inv->out, "extended", c->extended_key_usage, c->n_extended_key_usage);
    render_field(inv->out, 2, "source", render_enum(&bulkhead__v1__certificate_source__descriptor, c->source, source));
    print_list(inv->out, "crl", c->crl_urls, c->n_crl_urls);
    print_list(inv->out, "ocsp", c->ocsp_urls, c->n_ocsp_urls);
    if (c->is_authority)
        print_authority(inv, c);
    render_field(inv->out, 2, "sha256", c->sha256);
}

bool pki_print_findings(FILE *out, Bulkhead__V1__LintFinding *const *findings, size_t n)
{
    bool refused = false;

    for (size_t i = 0; i < n; i++) {
        bool error = findings[i]->severity == BULKHEAD__V1__LINT_FINDING__SEVERITY__SEVERITY_ERROR;

        refused = refused || error;
        fprintf(out, "%s: ", error ? "error" : "warning");
        render_text(out, findings[i]->client[0] ? findings[i]->client : "all");
        fputs(": ", out);
        render_text(out, findings[i]->rule);
        fputs(": ", out);
        render_text(out, findings[i]->message);
        fputc('\n', out);
    }
    return refused;
}

// As many as were asked for: it begins some minutes ago, for clients with slow clocks.
static long long days_of(const Certificate *c)
{
    return c->not_before && c->not_after ? (c->not_after->seconds - c->not_before->seconds) / 86400 : c->days_left;
}

enum exit_code pki_print_made(const struct invocation *inv, const ProtobufCMessage *answer,
                              const Certificate *certificate, Bulkhead__V1__LintFinding *const *findings, size_t n)
{
    char time[RENDER_TEXT_MAX];

    if (inv->output == OUTPUT_JSON)
        return invocation_print_json(inv, answer);
    if (certificate) {
        render_text(inv->out, certificate->name);
        fputs(": serial ", inv->out);
        render_text(inv->out, certificate->serial);
        fprintf(inv->out, ", valid until %s (%lld days)\n", render_time(certificate->not_after, time),
                days_of(certificate));
    }
    pki_print_findings(inv->out, findings, n);
    return EXIT_OK;
}
