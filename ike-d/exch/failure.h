// Why a tunnel did not come up, told so that its operator knows what to change: the NOTIFY, which side refused, what
// each side offered, and what would be right.
#ifndef BULKHEAD_IKE_EXCH_FAILURE_H
#define BULKHEAD_IKE_EXCH_FAILURE_H

#include <stdarg.h>

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"
#include "ike-d/wire/message.h"

// Starts a record with the cause that the notify stands for: notify is static.
void failure_init(struct tunnel_failure *failure, const char *notify, enum tunnel_side side);
__attribute__((format(printf, 2, 3))) void failure_say(struct tunnel_failure *failure, const char *format, ...);
__attribute__((format(printf, 2, 0))) void failure_vsay(struct tunnel_failure *failure, const char *format,
                                                        va_list args);
// Something more exact than the notify says.
void failure_set_cause(struct tunnel_failure *failure, enum failure_cause cause);
// How far the attempt has come, with whom. Done for the tunnel's youngest IKE SA when nobody says better.
void failure_take_attempt(struct tunnel_failure *failure, const struct ike_sa *sa);
// Compares our configured proposals with the peer's, where its SA payload was seen (or NULL); finds the cause, too.
// with_ke false: in IKE_AUTH, where groups count for nothing.
void failure_compare_proposals(struct tunnel_failure *failure, const struct offer *ours,
                               const struct sa_payload *theirs, bool with_ke);
// The same with groups.
void failure_add_proposals(struct tunnel_failure *failure, const struct offer *ours, const struct sa_payload *theirs);
// Our policies, and the peer's selectors where they were seen (or NULL).
void failure_add_selectors(struct tunnel_failure *failure, const struct tunnel *tunnel,
                           const struct selector_sides *theirs);

// Both identities that this tunnel expects, as our lines.
void failure_add_identities(struct tunnel_failure *failure, const struct ike_sa *sa, const struct tunnel *tunnel);
// ... and what the peer calls itself (named) and us (asked; IDENTITY_NONE: it does not say), as its lines. The cause is
// UNKNOWN_IDENTITY.
void failure_compare_identities(struct tunnel_failure *failure, const struct ike_sa *sa, const struct tunnel *tunnel,
                                const struct identity *named, const struct identity *asked);
// The peer authenticates by another method than this tunnel (NULL: by EAP). Starts the record.
void failure_say_other_method(struct tunnel_failure *failure, const struct ike_sa *sa, const struct auth_payload *auth);
// The peer's AUTH is made with another key than ours.
void failure_say_wrong_key(struct tunnel_failure *failure, const struct ike_sa *sa);

// Records it with how far the attempt came, logs it and raises it as an event.
void failure_record(struct tunnel *tunnel, const struct tunnel_failure *failure);
// Our own attempt has failed: records it, plans the next one, tells who waits for it. The caller closes the SA.
void failure_end_attempt(struct tunnel *tunnel, const struct tunnel_failure *failure);
// The peer's attempt has failed here: recorded unless the tunnel is up all the same, or too many come.
void failure_note(struct tunnel *tunnel, const struct tunnel_failure *failure);
// The same of an authenticated peer's CREATE_CHILD_SA: recorded also while the tunnel is up, since it will not stay so.
void failure_note_child(struct tunnel *tunnel, const struct tunnel_failure *failure);

// No answer to the outstanding request.
void failure_time_out(struct ike_sa *sa);
// A service of ours failed: pki-d or esp-d. `doing` is a word for people. The first only tells it.
void failure_describe_job(struct ike_sa *sa, const struct ike_job_result *result, const char *doing,
                          struct tunnel_failure *ret_failure);
void failure_of_job(struct ike_sa *sa, const struct ike_job_result *result, const char *doing);
// The peer answered our request of that exchange with an error notify. The first only tells it.
void failure_describe_notify(const struct ike_sa *sa, const struct notify_payload *notify, const char *exchange,
                             struct tunnel_failure *ret_failure);
void failure_of_notify(struct ike_sa *sa, const struct notify_payload *notify, const char *exchange);

#endif
