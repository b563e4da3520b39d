// Behind a NAT: keeps its mapping of our port 4500 alive (RFC 3948 2.3) while no CHILD_SA does that by esp-d.
#ifndef BULKHEAD_IKE_SA_NAT_KEEPALIVE_H
#define BULKHEAD_IKE_SA_NAT_KEEPALIVE_H

struct ike_sa;
struct nat_keepalive;

// Begins with it when the SA is established and we are behind a NAT, else ends it: to be called when either changes.
void nat_keepalive_review(struct ike_sa *sa);
void nat_keepalive_stop(struct ike_sa *sa);

#endif
