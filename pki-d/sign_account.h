// Who had how many AUTH payloads signed: bounds their rate by tunnel and altogether, so that a taken ike-d is no tap,
// and tells the audit log of them, at most one line a tunnel and minute. Questions about pre-shared keys are bounded,
// too.
#ifndef BULKHEAD_PKI_SIGN_ACCOUNT_H
#define BULKHEAD_PKI_SIGN_ACCOUNT_H

#include "pki-d/store.h"

// A peer that comes back at once with all its road warriors needs the burst.
#define SIGN_TUNNEL_PER_S    20u
#define SIGN_TUNNEL_BURST    200u
#define SIGN_ALL_PER_S       2000u
#define SIGN_ALL_BURST       10000u
#define SIGN_QUESTIONS_PER_S 5000u
#define SIGN_QUESTIONS_BURST 20000u
// The public asks for these, and an RSA key of 4096 bits takes some 5 ms for one: they must leave time for AUTH
// payloads.
#define SIGN_OCSP_PER_S     50u
#define SIGN_OCSP_BURST     100u
#define SIGN_AUDIT_EVERY_S  60
#define SIGN_REFUSALS_PER_S 2u // log lines

struct sign_account;

// NULL without memory.
struct sign_account *sign_account_new(void);
void sign_account_free(struct sign_account *account);

// May that tunnel, which is bound, have one more signature made? False is logged.
bool sign_account_take(struct sign_account *account, const char *tunnel, uint64_t now_ms);
// May one more question about a pre-shared key be answered? False is logged.
bool sign_account_take_question(struct sign_account *account, const char *tunnel, uint64_t now_ms);
// May one more answer about a certificate's status be signed? False is logged.
bool sign_account_take_ocsp(struct sign_account *account, uint64_t now_ms);
// One was made, with that certificate. True: an audit record waits that was not waiting before.
bool sign_account_count(struct sign_account *account, const char *tunnel, const char *certificate);
// May this refusal be logged? They come as fast as a taken daemon likes.
bool sign_account_may_log(struct sign_account *account, uint64_t now_ms);

// Writes what is due at `now_s` (seconds since 1970), or with `all` all that is not written yet, in one transaction.
// Returns whether records still wait; -EIO: nothing is written, and all still waits.
int sign_account_write(struct sign_account *account, struct store *store, int64_t now_s, bool all);

#endif
