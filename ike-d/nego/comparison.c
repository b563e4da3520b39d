#include "ike-d/nego/comparison.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike-d/nego/suite.h"

const char *comparison_subject_name(enum comparison_subject subject)
{
    static const char *const names[] = {
        [COMPARISON_NONE] = "",
        [COMPARISON_IKE_PROPOSALS] = "ike_proposals",
        [COMPARISON_ESP_PROPOSALS] = "esp_proposals",
        [COMPARISON_POLICIES] = "policies",
        [COMPARISON_IDENTITIES] = "identities",
        [COMPARISON_MODE] = "mode",
    };
    return names[subject];
}

// A line that does not fit is left out whole.
static void add_line(char lines[COMPARISON_LINES_BYTES], const char *text)
{
    size_t used = strlen(lines);
    size_t needed = strlen(text) + (used ? 1 : 0);
    if (used + needed < COMPARISON_LINES_BYTES) {
        (void)snprintf(lines + used, COMPARISON_LINES_BYTES - used, "%s%s", used ? "\n" : "", text);
    }
}

__attribute__((format(printf, 2, 0))) static void add_formatted(char lines[COMPARISON_LINES_BYTES], const char *format,
                                                                va_list args)
{
    char text[COMPARISON_LINES_BYTES];
    (void)vsnprintf(text, sizeof(text), format, args);
    add_line(lines, text);
}

void comparison_add_local(struct comparison *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_formatted(c->local, format, args);
    va_end(args);
}

void comparison_add_remote(struct comparison *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_formatted(c->remote, format, args);
    va_end(args);
}

void comparison_mark(struct comparison *c, unsigned local_line, unsigned remote_line, const char *format, ...)
{
    va_list args;
    c->local_line = local_line;
    c->remote_line = remote_line;
    va_start(args, format);
    (void)vsnprintf(c->difference, sizeof(c->difference), format, args);
    va_end(args);
}

static const char *type_word(unsigned type)
{
    static const char *const words[] = {
        [TRANSFORM_ENCR] = "encryption", [TRANSFORM_PRF] = "PRF", [TRANSFORM_INTEG] = "integrity",
        [TRANSFORM_KE] = "group",        [TRANSFORM_ESN] = "ESN",
    };
    return type < sizeof(words) / sizeof(words[0]) && words[type] ? words[type] : "an unknown transform";
}

static const char *list_type(const struct proposal *p, unsigned type, char *out, size_t out_size)
{
    char name[48];
    size_t used = 0;
    (void)snprintf(out, out_size, "none");
    for (unsigned i = 0; i < p->n && used < out_size; i++) {
        const struct transform *t = &p->transform[i];
        if (t->type == type) {
            used += (size_t)snprintf(out + used, out_size - used, "%s%s", used ? " " : "",
                                     transform_format(type, t->id, t->key_bits, name, sizeof(name)));
        }
    }
    return out;
}

static unsigned first_type(unsigned mismatch)
{
    unsigned type = TRANSFORM_ENCR;
    while (type <= TRANSFORM_ESN && !(mismatch & 1u << type)) {
        type++;
    }
    return type;
}

struct closest {
    unsigned ours; // from 1; 0: none
    unsigned theirs;
    unsigned mismatch;
};

static bool is_closer(unsigned mismatch, const struct closest *best)
{
    int a = __builtin_popcount(mismatch);
    int b = __builtin_popcount(best->mismatch);
    return best->ours == 0 || a < b || (a == b && mismatch > best->mismatch);
}

static struct closest find_closest(const struct offer *ours, const struct sa_payload *theirs, bool with_ke)
{
    struct closest best = {0};
    for (unsigned i = 0; i < ours->n; i++) {
        for (unsigned j = 0; j < theirs->n; j++) {
            unsigned mismatch = proposal_mismatch(&ours->proposal[i], &theirs->proposal[j]);
            mismatch &= with_ke ? ~0u : ~(1u << TRANSFORM_KE);
            if (is_closer(mismatch, &best)) {
                best = (struct closest){i + 1, j + 1, mismatch};
            }
        }
    }
    return best;
}

static bool can_do(const struct transform *t)
{
    switch (t->type) {
    case TRANSFORM_ENCR:
        return encr_find(t->id, t->key_bits);
    case TRANSFORM_PRF:
        return prf_find(t->id);
    case TRANSFORM_INTEG:
        return integ_find(t->id);
    case TRANSFORM_KE:
        return ke_find(t->id);
    default:
        return t->type == TRANSFORM_ESN;
    }
}

static void add_doable(const struct proposal *theirs, bool with_ke, bool weak_too, struct proposal *suite)
{
    for (unsigned i = 0; i < theirs->n; i++) {
        const struct transform *t = &theirs->transform[i];
        bool wanted = (with_ke || t->type != TRANSFORM_KE) && !proposal_find(suite, t->type) && suite->n < 5;
        if (wanted && can_do(t) && (weak_too || !algorithm_instead(t->type, t->id, t->key_bits))) {
            suite->transform[suite->n++] = *t;
        }
    }
}

// One transform a type, each the first that we can do and that is not weak; a weak one only where there is no other.
static void take_doable(const struct proposal *theirs, bool with_ke, struct proposal *ret_suite)
{
    *ret_suite = (struct proposal){.number = 1, .protocol = theirs->protocol};
    add_doable(theirs, with_ke, false, ret_suite);
    add_doable(theirs, with_ke, true, ret_suite);
}

static bool is_whole(enum comparison_subject subject, const struct proposal *suite)
{
    struct ike_suite ike;
    struct esp_suite esp;
    return subject == COMPARISON_IKE_PROPOSALS ? ike_suite_from(suite, &ike) == 0 : esp_suite_from(suite, &esp) == 0;
}

static unsigned count_weak(const struct proposal *suite)
{
    unsigned n = 0;
    for (unsigned i = 0; i < suite->n; i++) {
        const struct transform *t = &suite->transform[i];
        n += algorithm_instead(t->type, t->id, t->key_bits) != NULL;
    }
    return n;
}

// Something of the peer's that could be configured here, with as few weak algorithms as it has.
static void suggest(struct comparison *c, const struct sa_payload *theirs, bool with_ke)
{
    unsigned fewest = UINT_MAX;
    for (unsigned j = 0; j < theirs->n; j++) {
        struct proposal suite;
        char text[PROPOSAL_TEXT_MAX];
        take_doable(&theirs->proposal[j], with_ke, &suite);
        unsigned weak = count_weak(&suite);
        if (is_whole(c->subject, &suite) && weak < fewest) {
            fewest = weak;
            (void)snprintf(c->suggestion, sizeof(c->suggestion), "%.250s", proposal_format(&suite, text, sizeof(text)));
        }
    }
}

static void add_proposals(char lines[COMPARISON_LINES_BYTES], const struct proposal *proposals, unsigned n)
{
    char text[PROPOSAL_TEXT_MAX];
    for (unsigned i = 0; i < n; i++) {
        add_line(lines, proposal_format(&proposals[i], text, sizeof(text)));
    }
}

unsigned comparison_of_proposals(struct comparison *c, const struct offer *ours, const struct sa_payload *theirs,
                                 bool with_ke)
{
    bool ike = ours->n && ours->proposal[0].protocol == PROPOSAL_IKE;
    *c = (struct comparison){.subject = ike ? COMPARISON_IKE_PROPOSALS : COMPARISON_ESP_PROPOSALS};
    add_proposals(c->local, ours->proposal, ours->n);
    if (!theirs) {
        return 0;
    }
    add_proposals(c->remote, theirs->proposal, theirs->n);
    suggest(c, theirs, with_ke);
    struct closest best = find_closest(ours, theirs, with_ke);
    if (best.ours && best.mismatch) {
        char here[100];
        char there[100];
        unsigned type = first_type(best.mismatch);
        comparison_mark(c, best.ours, best.theirs, "%s: %s here, %s at the peer", type_word(type),
                        list_type(&ours->proposal[best.ours - 1], type, here, sizeof(here)),
                        list_type(&theirs->proposal[best.theirs - 1], type, there, sizeof(there)));
    }
    return best.mismatch;
}

static bool has_counterpart(const struct selector_pair *policies, unsigned n, const struct selector *wanted, bool local)
{
    for (unsigned i = 0; i < n; i++) {
        if (selector_overlaps(local ? &policies[i].local : &policies[i].remote, wanted)) {
            return true;
        }
    }
    return false;
}

// The first of one side's selectors that no policy knows.
static bool mark_side(struct comparison *c, const struct selector_pair *policies, unsigned n,
                      const struct selector_sides *theirs, bool local)
{
    const struct selector_list *list = local ? &theirs->local : &theirs->remote;
    for (unsigned i = 0; i < list->n; i++) {
        if (!has_counterpart(policies, n, &list->s[i], local)) {
            char here[SELECTOR_TEXT_MAX];
            char there[SELECTOR_TEXT_MAX];
            comparison_mark(c, 1, 1, "%s side: %s here, %s at the peer", local ? "local" : "remote",
                            selector_format(local ? &policies[0].local : &policies[0].remote, here, sizeof(here)),
                            selector_format(&list->s[i], there, sizeof(there)));
            return true;
        }
    }
    return false;
}

void comparison_of_policies(struct comparison *c, const struct selector_pair *policies, unsigned n,
                            const struct selector_sides *theirs)
{
    *c = (struct comparison){.subject = COMPARISON_POLICIES};
    for (unsigned i = 0; i < n; i++) {
        char local[SELECTOR_TEXT_MAX];
        char remote[SELECTOR_TEXT_MAX];
        comparison_add_local(c, "%s === %s", selector_format(&policies[i].local, local, sizeof(local)),
                             selector_format(&policies[i].remote, remote, sizeof(remote)));
    }
    if (!theirs || n == 0) {
        return;
    }
    char text[COMPARISON_LINES_BYTES];
    comparison_add_remote(c, "%s", narrow_format(theirs, text, sizeof(text)));
    if (!mark_side(c, policies, n, theirs, true) && !mark_side(c, policies, n, theirs, false)) {
        comparison_mark(c, 1, 1, "no single policy has both of the peer's sides");
    }
}
