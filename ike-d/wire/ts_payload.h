// Traffic Selector payloads (RFC 7296 3.13).
#ifndef BULKHEAD_IKE_TS_PAYLOAD_H
#define BULKHEAD_IKE_TS_PAYLOAD_H

#include "ike-d/wire/wire_error.h"
#include "ike-d/wire/wire_limits.h"
#include "lib/core/reader.h"
#include "lib/core/writer.h"
#include "lib/net/selector.h"

// About 11 KB.
struct ts_payload {
    unsigned n;
    unsigned unknown_n; // selectors of types that we don't know, skipped (RFC 7296 2.9: as if they were not there)
    struct selector selector[WIRE_SELECTORS_MAX];
};

// From the payload's body.
enum wire_status ts_payload_parse(struct bytes body, struct ts_payload *ret_ts, struct wire_error *ret_error);
// The body. At most WIRE_SELECTORS_MAX, at least one, else the writer fails.
void ts_payload_encode(const struct selector *selectors, unsigned n, struct writer *w);

#endif
