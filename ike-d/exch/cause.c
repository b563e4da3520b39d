#include "ike-d/exch/cause.h"

#include <string.h>

struct cause_row {
    const char *notify;
    enum failure_cause cause;
};

static const struct cause_row rows[] = {
    {"NO_PROPOSAL_CHOSEN", FAILURE_CAUSE_NO_COMMON_PROPOSAL},
    {"INVALID_KE_PAYLOAD", FAILURE_CAUSE_NO_COMMON_GROUP},
    {"TS_UNACCEPTABLE", FAILURE_CAUSE_NO_COMMON_SELECTOR},
    {"SINGLE_PAIR_REQUIRED", FAILURE_CAUSE_SINGLE_PAIR},
    {"AUTHENTICATION_FAILED", FAILURE_CAUSE_AUTHENTICATION_REFUSED},
    {"INVALID_SYNTAX", FAILURE_CAUSE_MALFORMED},
    {"UNSUPPORTED_CRITICAL_PAYLOAD", FAILURE_CAUSE_MALFORMED},
    {"INVALID_MAJOR_VERSION", FAILURE_CAUSE_PEER_IS_IKEV1},
    {"TEMPORARY_FAILURE", FAILURE_CAUSE_PEER_BUSY},
    {"TIMEOUT", FAILURE_CAUSE_NO_ANSWER},
    {"DELETED", FAILURE_CAUSE_DELETED_BY_PEER},
    {"EXPIRED", FAILURE_CAUSE_EXPIRED},
    {"SECRET_MISSING", FAILURE_CAUSE_SECRET_MISSING},
    {"CERTIFICATE_MISSING", FAILURE_CAUSE_CERTIFICATE_MISSING},
    {"UNREACHABLE", FAILURE_CAUSE_NO_ROUTE},
    {"NAME_UNRESOLVED", FAILURE_CAUSE_NAME_UNRESOLVED},
    {"UNAVAILABLE", FAILURE_CAUSE_DAEMON_AWAY},
};

enum failure_cause cause_of_notify(const char *notify, enum tunnel_side side)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].notify, notify) == 0) {
            return rows[i].cause;
        }
    }
    return side == TUNNEL_SIDE_REMOTE ? FAILURE_CAUSE_REFUSED_BY_PEER : FAILURE_CAUSE_INTERNAL;
}

enum failure_cause cause_of_mismatch(enum comparison_subject subject, unsigned mismatch)
{
    if (mismatch != 1u << TRANSFORM_KE) {
        return FAILURE_CAUSE_NO_COMMON_PROPOSAL;
    }
    return subject == COMPARISON_ESP_PROPOSALS ? FAILURE_CAUSE_PFS_MISMATCH : FAILURE_CAUSE_NO_COMMON_GROUP;
}
