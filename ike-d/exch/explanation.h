// The answer to "why is it not up?": how far the tunnel came, step by step, what it waits for, and what works and yet
// deserves a look.
#ifndef BULKHEAD_IKE_EXCH_EXPLANATION_H
#define BULKHEAD_IKE_EXCH_EXPLANATION_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

enum explanation_result { // the numbers of bulkhead.v1.ExplainResult
    EXPLANATION_DONE = 1,
    EXPLANATION_FAILED = 2,
    EXPLANATION_PENDING = 3,
    EXPLANATION_NOT_REACHED = 4,
};

#define EXPLANATION_STEPS_MAX    12u
#define EXPLANATION_WARNINGS_MAX 12u
#define EXPLANATION_TEXT_BYTES   400

struct explanation_step {
    char name[80];
    enum explanation_result result;
    char text[EXPLANATION_TEXT_BYTES];
};

struct explanation { // about 12 kB
    char summary[768];
    unsigned steps_n;
    struct explanation_step steps[EXPLANATION_STEPS_MAX];
    unsigned warnings_n;
    char warnings[EXPLANATION_WARNINGS_MAX][EXPLANATION_TEXT_BYTES];
};

void explanation_make(const struct tunnel *tunnel, struct explanation *ret_explanation);

// The parts: exch/explanation_warning.c fills in the warnings.
void explanation_add_warnings(const struct tunnel *tunnel, struct explanation *explanation);
__attribute__((format(printf, 2, 3))) void explanation_warn(struct explanation *explanation, const char *format, ...);
// The IKE SA that serves the tunnel, or the youngest that tries to; NULL.
const struct ike_sa *explanation_find_sa(const struct tunnel *tunnel);

#endif
