// Post-quantum pre-shared keys (RFC 8784): both sides say USE_PPK in IKE_SA_INIT; the initiator names its key in
// IKE_AUTH, and SK_d, SK_pi and SK_pr are mixed with it before they are used. pki-d has the key and does the mixing.
#ifndef BULKHEAD_IKE_EXCH_PPK_H
#define BULKHEAD_IKE_EXCH_PPK_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message.h"
#include "ike-d/wire/message_writer.h"

struct ike_job_result;
struct tunnel_failure;

// The keys as they were before the mixing, for a peer that turns out not to have ours.
struct ppk_plain_keys {
    struct secret_key sk_d;
    struct secret_key sk_pi;
    struct secret_key sk_pr;
};

// Initiator, after IKE_SA_INIT: did both sides say USE_PPK?
bool ppk_is_agreed(const struct ike_sa *sa);
// ... and if not, is that a failure here? Fills it in.
bool ppk_is_missing(const struct ike_sa *sa, struct tunnel_failure *ret_failure);

// What a responder does with an IKE_AUTH request (the table of RFC 8784 3).
enum ppk_verdict {
    PPK_VERDICT_PLAIN,       // standard IKEv2, by the AUTH payload
    PPK_VERDICT_PLAIN_PROOF, // standard IKEv2, by NO_PPK_AUTH
    PPK_VERDICT_MIX,
    PPK_VERDICT_REFUSE, // with the failure filled in
};
enum ppk_verdict ppk_judge(const struct ike_sa *sa, const struct message *request, struct tunnel_failure *ret_failure);

// Asks pki-d to mix the SA's keys; the answer comes to the job.
void ppk_mix(const struct ike_sa *sa, uint64_t job);
// pki-d could not: records why, as failure_of_job does.
void ppk_fail_job(struct ike_sa *sa, const struct ike_job_result *result);
// Takes the answer: the SA has the mixed keys now, and ret_plain those of before. -EIO.
int ppk_take(struct ike_sa *sa, const struct ike_job_result *result, struct ppk_plain_keys *ret_plain);
// Back to the keys of before.
void ppk_undo(struct ike_sa *sa, const struct ppk_plain_keys *plain);
void ppk_wipe(struct ppk_plain_keys *plain);

// N(PPK_IDENTITY) of a request.
void ppk_put_identity(struct message_writer *mw, const struct ike_sa *sa);
// It may be the PPK that differs when the peer refuses our AUTH: says so, too.
void ppk_add_hint(const struct ike_sa *sa, struct tunnel_failure *failure);
// The peer's answer does not confirm our PPK, on which this tunnel insists.
void ppk_say_unconfirmed(const struct ike_sa *sa, struct tunnel_failure *ret_failure);

#endif
