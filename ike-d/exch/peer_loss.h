// What a tunnel does by itself when its peer has gone silent, or has closed it (bulkhead.v1.RecoveryAction): until it
// is up again it behaves as if its start mode were another one.
#ifndef BULKHEAD_IKE_EXCH_PEER_LOSS_H
#define BULKHEAD_IKE_EXCH_PEER_LOSS_H

#include "ike-d/sa/ike_sa.h"

// The peer no longer answers on this established IKE SA, which goes.
void peer_loss_by_silence(struct ike_sa *sa);
// The peer has deleted this IKE SA, which goes, or the last CHILD_SA of its tunnel.
void peer_loss_by_close(struct ike_sa *sa);

#endif
