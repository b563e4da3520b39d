// Making an IKE SA anew with authentication, the new one before the old one goes (RFC 7296 2.8.3, RFC 4478). Who began
// the IKE SA does so in time; the other side tells it by AUTH_LIFETIME how long it may last, and steps in when nothing
// happens. The new SA's CHILD_SAs take over from the old ones' as in a rekey; then the old IKE SA is deleted.
#ifndef BULKHEAD_IKE_EXCH_REAUTHENTICATION_H
#define BULKHEAD_IKE_EXCH_REAUTHENTICATION_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message.h"
#include "ike-d/wire/message_writer.h"

// N(AUTH_LIFETIME) of a responder's IKE_AUTH answer, where one is configured.
void reauthentication_put_lifetime(struct message_writer *mw, const struct ike_sa *sa);
// The peer's, in an IKE_AUTH answer or an INFORMATIONAL request; only an initiator obeys it.
void reauthentication_hear_lifetime(struct ike_sa *sa, const struct message *m);
// The SA is authenticated now: when it is due again. With certificates at the latest when the peer's runs out.
void reauthentication_plan(struct ike_sa *sa);
// Sets the timer of an SA that was planned, or has inherited its plan by a rekey.
void reauthentication_arm(struct ike_sa *sa);

// The CHILD_SA of an older IKE SA whose place this new one takes; NULL.
struct child_sa *reauthentication_old_child(const struct child_sa *child);
// What a CHILD_SA that is to be made on an IKE SA in place of another is made after; NULL: nothing.
const struct child_sa *reauthentication_model(const struct child_sa *child);
// It stands: the old one only receives from now on. False: there is none.
bool reauthentication_take_over(struct child_sa *child);
// On an IKE SA that replaces another: what is to be made here before the old one goes. NULL when all is done; the old
// one is then deleted.
struct child_slot *reauthentication_next_slot(struct ike_sa *sa);
// The peer has made `sa` anew: it goes in a while, if the peer does not delete it before.
void reauthentication_retire(struct ike_sa *sa);

#endif
