// Both sides next to each other, with the first difference found: proposals, selectors or identities, as lines for
// people. "Local" and "remote" are this gateway and the peer; selectors are written from our point of view.
#ifndef BULKHEAD_IKE_NEGO_COMPARISON_H
#define BULKHEAD_IKE_NEGO_COMPARISON_H

#include "ike-d/nego/narrow.h"
#include "ike-d/nego/offer.h"

enum comparison_subject {
    COMPARISON_NONE,
    COMPARISON_IKE_PROPOSALS,
    COMPARISON_ESP_PROPOSALS,
    COMPARISON_POLICIES,
    COMPARISON_IDENTITIES,
    COMPARISON_MODE,
};

#define COMPARISON_LINES_BYTES 1024
#define COMPARISON_TEXT_BYTES  256

struct comparison {
    enum comparison_subject subject;
    char local[COMPARISON_LINES_BYTES];  // a line for each, with '\n' between them; what does not fit is left out
    char remote[COMPARISON_LINES_BYTES]; // "": the peer did not say
    unsigned local_line;                 // with the first difference, from 1; 0: not known
    unsigned remote_line;
    char difference[COMPARISON_TEXT_BYTES];
    char suggestion[COMPARISON_TEXT_BYTES]; // a suite of the peer's that we can do; "": none is known
};

// The configuration's word: "ike_proposals"; "" for none.
const char *comparison_subject_name(enum comparison_subject subject);

// Our proposals, and the peer's (NULL: not seen). with_ke false: groups count for nothing (RFC 7296 1.2). Returns a bit
// for each transform type in which the closest two differ (1u << TRANSFORM_KE); 0 without the peer's.
unsigned comparison_of_proposals(struct comparison *c, const struct offer *ours, const struct sa_payload *theirs,
                                 bool with_ke);
// Our policies, and the peer's selectors (NULL: not seen).
void comparison_of_policies(struct comparison *c, const struct selector_pair *policies, unsigned n,
                            const struct selector_sides *theirs);

// Another line on one side.
__attribute__((format(printf, 2, 3))) void comparison_add_local(struct comparison *c, const char *format, ...);
__attribute__((format(printf, 2, 3))) void comparison_add_remote(struct comparison *c, const char *format, ...);
// Where they differ first.
__attribute__((format(printf, 4, 5))) void comparison_mark(struct comparison *c, unsigned local_line,
                                                           unsigned remote_line, const char *format, ...);

#endif
