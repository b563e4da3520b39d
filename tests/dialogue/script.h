// A dialogue told message by message: what each gateway is told to do, and which message passes next, comes late, or
// never. Nothing is repeated meanwhile, since time stands but for the work of the daemons.
#ifndef BULKHEAD_TESTS_DIALOGUE_SCRIPT_H
#define BULKHEAD_TESTS_DIALOGUE_SCRIPT_H

#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"

// How the texts of messages (world_pass) tell them apart.
#define REQUEST  "CREATE_CHILD_SA request"
#define REKEY    "REKEY_SA"
#define MADE     "CREATE_CHILD_SA response"
#define DELETE   "SK D"
#define DELETED  "INFORMATIONAL response"
#define NOT_NOW  "TEMPORARY_FAILURE"
#define UNKNOWN  "CHILD_SA_NOT_FOUND"
#define NOT_THIS "INVALID_KE_PAYLOAD"

enum wish {
    REKEY_CHILD,  // the one that stands
    DELETE_CHILD, // the one that stands
    DELETE_OLD,   // the one that was rekeyed
    CREATE_CHILD,
    REKEY_IKE,
    DELETE_IKE,
};

// Both are joined, A having begun; packets go both ways, and the wire is held. NULL: the plan of the demo.
void script_begin(struct world *world, const struct plan *a, const struct plan *b);
// Which of the nonces of two rekeys at once is the lowest: 0 Ni of A's, 1 Nr of A's, 2 Ni of B's, 3 Nr of B's. To be
// said before both begin.
enum { LOWEST_NI_A, LOWEST_NR_A, LOWEST_NI_B, LOWEST_NR_B, LOWEST_KINDS };
void script_lowest_nonce(int kind);
// Whose rekey wins with that: not the one with the lowest nonce.
static inline int script_winner(int kind)
{
    return kind < LOWEST_NI_B ? B : A;
}

void say(int side, enum wish wish);
// The first message from that side that has `what` in its text arrives, and is worked on. Fails when there is none.
void pass(int from, const char *what);
// The same, but the receiver's daemons have not answered yet.
void pass_unfinished(int from, const char *what);
// The same, whatever time its work takes (world.work_ms).
void pass_slowly(int from, const char *what);
void lose(int from, const char *what);
// Nothing of that text is on its way from that side.
void silence(int from, const char *what);
// Time for the work of the daemons.
void settle(void);

// All that waits arrives, and time passes: both are joined, and stay so. With `lossless` no packet was lost.
void come_to_rest(bool lossless);
// The only CHILD_SA of that side; who began the exchange that made it. -1: there are none or several.
int script_maker(int side);
// The same of the IKE SA.
int script_ike_maker(void);
struct ike_sa *script_ike(int side);

#endif
