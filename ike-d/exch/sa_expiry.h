// The ends of SAs by time (RFC 7296 2.8): at the soft limit a replacement is begun while the old SA goes on, at the
// hard limit the SA ends.
#ifndef BULKHEAD_IKE_EXCH_SA_EXPIRY_H
#define BULKHEAD_IKE_EXCH_SA_EXPIRY_H

#include "ike-d/sa/ike_sa.h"

// From now on. Without memory for a timer the SA is replaced at once.
void sa_expiry_arm_ike(struct ike_sa *sa);
void sa_expiry_arm_child(struct child_sa *child);

// Replace it now, whatever it was told before.
void sa_expiry_replace_ike(struct ike_sa *sa);
void sa_expiry_replace_child(struct child_sa *child);

#endif
