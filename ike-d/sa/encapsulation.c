#include "ike-d/sa/encapsulation.h"

static enum encapsulation_reason reason_of_nat(const struct encapsulation *e)
{
    if (e->local_nat && e->remote_nat) {
        return ENCAPSULATION_BOTH_NAT;
    }
    return e->local_nat ? ENCAPSULATION_LOCAL_NAT : ENCAPSULATION_REMOTE_NAT;
}

// Neither a NAT nor a side that insists on UDP.
static enum encapsulation_reason reason_of_wishes(const struct encapsulation *e)
{
    bool is_told = e->told != UDP_REFUSED && !e->peer_refuses; // so the peer takes a NAT to be there
    if (e->wish == UDP_REFUSED) {
        return is_told ? ENCAPSULATION_TOLD_PEER : ENCAPSULATION_OFF;
    }
    if (e->peer_refuses) {
        return ENCAPSULATION_PEER_REFUSES;
    }
    if (e->port_silent) {
        return ENCAPSULATION_PORT_SILENT;
    }
    if (e->peer_is_bare) {
        return ENCAPSULATION_PEER_SENDS_BARE;
    }
    return e->told == UDP_REFUSED ? ENCAPSULATION_TOLD_PEER_OFF : ENCAPSULATION_PREFERRED;
}

static enum encapsulation_reason reason_of(const struct encapsulation *e)
{
    if (!e->natt) {
        return e->wish == UDP_REFUSED ? ENCAPSULATION_OFF : ENCAPSULATION_NO_NAT_TRAVERSAL;
    }
    if (e->local_nat || e->remote_nat) {
        return reason_of_nat(e);
    }
    if (e->wish == UDP_FORCED) {
        return ENCAPSULATION_FORCED;
    }
    if (e->wish == UDP_ALONE) {
        return ENCAPSULATION_ALONE;
    }
    return e->peer_forces ? ENCAPSULATION_PEER_FORCES : reason_of_wishes(e);
}

void encapsulation_settle(struct encapsulation *encapsulation)
{
    encapsulation->reason = reason_of(encapsulation);
    encapsulation->in_udp = encapsulation->reason < ENCAPSULATION_OFF;
}

const char *encapsulation_reason_text(enum encapsulation_reason reason)
{
    static const char *const texts[] = {
        [ENCAPSULATION_PREFERRED] = "auto: UDP lets the kernel carry bursts",
        [ENCAPSULATION_LOCAL_NAT] = "a NAT stands in front of this gateway",
        [ENCAPSULATION_REMOTE_NAT] = "the peer is behind a NAT",
        [ENCAPSULATION_BOTH_NAT] = "both sides are behind NAT",
        [ENCAPSULATION_FORCED] = "configured: force",
        [ENCAPSULATION_ALONE] = "this gateway has no raw sockets",
        [ENCAPSULATION_PEER_FORCES] = "the peer wants ESP in UDP",
        [ENCAPSULATION_TOLD_PEER] = "a tunnel with the same addresses has asked the peer for UDP",
        [ENCAPSULATION_OFF] = "configured: off",
        [ENCAPSULATION_NO_NAT_TRAVERSAL] = "the peer does no NAT traversal",
        [ENCAPSULATION_PEER_REFUSES] = "the peer wants IP protocol 50",
        [ENCAPSULATION_TOLD_PEER_OFF] = "a tunnel with the same addresses has asked the peer for IP protocol 50",
        [ENCAPSULATION_PORT_SILENT] = "auto: the peer does not answer on UDP port 4500",
        [ENCAPSULATION_PEER_SENDS_BARE] = "auto: the peer sends IP protocol 50",
    };
    return texts[reason];
}
