// What a public request asks for: a CRL by its authority's name, or the status of certificates (RFC 6960 appendix A.1).
#ifndef BULKHEAD_API_COURIER_PUBLIC_ROUTE_H
#define BULKHEAD_API_COURIER_PUBLIC_ROUTE_H

#include "api-d/courier/public_request.h"

enum public_route_kind {
    PUBLIC_ROUTE_REFUSED, // status, and allow for 405
    PUBLIC_ROUTE_CRL,     // authority
    PUBLIC_ROUTE_OCSP,    // question
};

struct public_route {
    enum public_route_kind kind;
    unsigned status;
    const char *allow;
    char authority[COURIER_AUTHORITY_MAX_BYTES + 1];
    struct bytes question; // OCSPRequest in DER, as far as its outermost length tells; in `room` or in the request
    uint8_t room[COURIER_TARGET_MAX_BYTES];
};

// The request must stay where it is.
void public_route_find(const struct public_request *request, struct public_route *ret_route);

#endif
