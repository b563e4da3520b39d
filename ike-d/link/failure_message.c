#include "ike-d/link/failure_message.h"

#include <string.h>

#include "ike-d/exch/cure.h"
#include "ike-d/link/message_builder.h"

_Static_assert((int)FAILURE_CAUSE_NAME_UNRESOLVED == (int)BULKHEAD__V1__FAILURE_CAUSE__FAILURE_CAUSE_NAME_UNRESOLVED,
               "the causes are those of bulkhead.v1.FailureCause");

static size_t count_lines(const char *lines)
{
    size_t n = lines[0] ? 1 : 0;
    for (; *lines; lines++) {
        n += *lines == '\n';
    }
    return n;
}

static char **split(struct message_builder *b, const char *lines, size_t *ret_n)
{
    size_t n = count_lines(lines);
    char **list = n ? message_builder_make(b, n * sizeof(*list)) : NULL;
    for (size_t i = 0; list && i < n; i++) {
        size_t length = strcspn(lines, "\n");
        list[i] = strndup(lines, length);
        b->failed = b->failed || !list[i];
        lines += length + 1;
        *ret_n = i + 1;
    }
    return list;
}

// The lines as one text.
static char *join(struct message_builder *b, const char *lines)
{
    char *out = message_builder_make(b, 2 * strlen(lines) + 1);
    char *to = out;
    for (; out && *lines; lines++) {
        if (*lines == '\n') {
            *to++ = ',';
            *to++ = ' ';
        } else {
            *to++ = *lines;
        }
    }
    return out;
}

static Bulkhead__V1__Comparison *comparison_of(struct message_builder *b, const struct comparison *c)
{
    Bulkhead__V1__Comparison *out = c->subject != COMPARISON_NONE ? message_builder_make(b, sizeof(*out)) : NULL;
    if (!out) {
        return NULL;
    }
    bulkhead__v1__comparison__init(out);
    out->subject = message_builder_text(b, comparison_subject_name(c->subject));
    out->local = split(b, c->local, &out->n_local);
    out->remote = split(b, c->remote, &out->n_remote);
    out->local_line = c->local_line <= out->n_local ? c->local_line : 0;
    out->remote_line = c->remote_line <= out->n_remote ? c->remote_line : 0;
    out->difference = message_builder_text(b, c->difference);
    return out;
}

static Bulkhead__V1__Cure *cure_of(struct message_builder *b, const struct cure *cure)
{
    Bulkhead__V1__Cure *out = message_builder_make(b, sizeof(*out));
    if (out) {
        bulkhead__v1__cure__init(out);
        out->side = message_builder_text(b, cure->side == TUNNEL_SIDE_LOCAL ? "local" : "peer");
        out->vendor = message_builder_text(b, vendor_name(cure->vendor));
        out->text = message_builder_text(b, cure->text);
    }
    return out;
}

static void put_cures(struct message_builder *b, const struct tunnel *tunnel, const struct tunnel_failure *failure,
                      Bulkhead__V1__TunnelFailure *out)
{
    struct cure cures[CURES_MAX];
    unsigned n = cure_list(tunnel, failure, cures);
    out->cures = n ? message_builder_make(b, n * sizeof(*out->cures)) : NULL;
    for (unsigned i = 0; out->cures && i < n; i++) {
        Bulkhead__V1__Cure *cure = cure_of(b, &cures[i]);
        if (cure) {
            out->cures[out->n_cures++] = cure;
        }
    }
}

Bulkhead__V1__TunnelFailure *failure_message_new(const struct tunnel *tunnel, const struct tunnel_failure *failure,
                                                 bool brief)
{
    struct message_builder b = {0};
    Bulkhead__V1__TunnelFailure *out = failure ? message_builder_make(&b, sizeof(*out)) : NULL;
    if (!out) {
        return NULL;
    }
    bulkhead__v1__tunnel_failure__init(out);
    out->time = message_builder_time(&b, failure->time_s);
    out->notify = message_builder_text(&b, failure->notify);
    out->side = message_builder_text(&b, failure->side == TUNNEL_SIDE_LOCAL ? "local" : "remote");
    out->message = message_builder_text(&b, failure->message);
    out->local_offer = join(&b, brief ? "" : failure->comparison.local);
    out->remote_offer = join(&b, brief ? "" : failure->comparison.remote);
    out->cause = (Bulkhead__V1__FailureCause)failure->cause; // same numbers
    if (!brief) {
        out->comparison = comparison_of(&b, &failure->comparison);
        put_cures(&b, tunnel, failure, out);
    }
    if (b.failed) {
        bulkhead__v1__tunnel_failure__free_unpacked(out, NULL);
        return NULL;
    }
    return out;
}
