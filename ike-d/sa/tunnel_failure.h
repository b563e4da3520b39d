// Why a tunnel is not up: a cause, a sentence for people, how far the attempt came, and what each side offered. What
// is written into it: exch/failure.h; what would cure it: exch/cure.h.
#ifndef BULKHEAD_IKE_SA_TUNNEL_FAILURE_H
#define BULKHEAD_IKE_SA_TUNNEL_FAILURE_H

#include "ike-d/nego/comparison.h"
#include "ike-d/nego/vendor.h"
#include "lib/net/address.h"

enum tunnel_side {
    TUNNEL_SIDE_LOCAL,  // this gateway refused
    TUNNEL_SIDE_REMOTE, // the peer did
};

// The numbers of bulkhead.v1.FailureCause, where each is explained.
enum failure_cause {
    FAILURE_CAUSE_UNSPECIFIED,
    FAILURE_CAUSE_NO_COMMON_PROPOSAL,
    FAILURE_CAUSE_NO_COMMON_GROUP,
    FAILURE_CAUSE_PFS_MISMATCH,
    FAILURE_CAUSE_WRONG_PSK,
    FAILURE_CAUSE_UNKNOWN_IDENTITY,
    FAILURE_CAUSE_AUTHENTICATION_REFUSED,
    FAILURE_CAUSE_AUTHENTICATION_METHOD,
    FAILURE_CAUSE_NO_COMMON_SELECTOR,
    FAILURE_CAUSE_MODE_MISMATCH,
    FAILURE_CAUSE_NO_ANSWER,
    FAILURE_CAUSE_NO_ANSWER_ON_4500,
    FAILURE_CAUSE_NO_ROUTE,
    FAILURE_CAUSE_PEER_IS_IKEV1,
    FAILURE_CAUSE_SECRET_MISSING,
    FAILURE_CAUSE_REFUSED_BY_PEER,
    FAILURE_CAUSE_PEER_BUSY,
    FAILURE_CAUSE_DELETED_BY_PEER,
    FAILURE_CAUSE_PEER_DEAD,
    FAILURE_CAUSE_DAEMON_AWAY,
    FAILURE_CAUSE_PPK_MISMATCH,
    FAILURE_CAUSE_CONFLICT,
    FAILURE_CAUSE_MALFORMED,
    FAILURE_CAUSE_NAT_IN_BETWEEN,
    FAILURE_CAUSE_FEATURE_MISSING,
    FAILURE_CAUSE_EXPIRED,
    FAILURE_CAUSE_SINGLE_PAIR,
    FAILURE_CAUSE_INTERNAL,
    FAILURE_CAUSE_NO_TUNNEL,
    FAILURE_CAUSE_CERTIFICATE_MISSING,
    FAILURE_CAUSE_CERTIFICATE_UNTRUSTED,
    FAILURE_CAUSE_CERTIFICATE_EXPIRED,
    FAILURE_CAUSE_CERTIFICATE_NOT_YET_VALID,
    FAILURE_CAUSE_CERTIFICATE_IDENTITY,
    FAILURE_CAUSE_CERTIFICATE_USAGE,
    FAILURE_CAUSE_CERTIFICATE_REVOKED,
    FAILURE_CAUSE_REVOCATION_UNKNOWN,
    FAILURE_CAUSE_WRONG_SIGNATURE,
    FAILURE_CAUSE_CERTIFICATE_WEAK,
    FAILURE_CAUSE_CERTIFICATE_UNREADABLE,
    FAILURE_CAUSE_NAME_UNRESOLVED,
};

// How far an attempt came.
enum attempt_step {
    ATTEMPT_NOT_BEGUN,
    ATTEMPT_INIT,        // IKE_SA_INIT was on its way
    ATTEMPT_AUTH,        // IKE_SA_INIT was answered, IKE_AUTH was on its way
    ATTEMPT_ESTABLISHED, // the IKE SA stands; the CHILD_SA does not
};

struct attempt {
    enum attempt_step step;
    bool initiator; // we began
    bool natt;
    bool local_nat;
    bool remote_nat;
    enum vendor vendor;
    struct endpoint local; // family 0: not known
    struct endpoint remote;
    char suite[96]; // of the IKE SA; "": none yet
};

struct tunnel_failure {
    uint64_t time_s;    // Unix time
    const char *notify; // static: "NO_PROPOSAL_CHOSEN", "TIMEOUT", "SECRET_MISSING", "UNREACHABLE"
    enum failure_cause cause;
    enum tunnel_side side;
    struct attempt attempt;
    char message[512];
    struct comparison comparison;
};

#endif
