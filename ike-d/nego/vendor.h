// What a peer is, by the vendor ids of its IKE_SA_INIT message (RFC 7296 3.12): for the diagnosis alone, never for what
// the protocol does.
#ifndef BULKHEAD_IKE_NEGO_VENDOR_H
#define BULKHEAD_IKE_NEGO_VENDOR_H

#include "lib/core/bytes.h"

enum vendor {
    VENDOR_UNKNOWN,
    VENDOR_BULKHEAD,
    VENDOR_STRONGSWAN,
    VENDOR_LIBRESWAN,
    VENDOR_OPENIKED,
    VENDOR_CISCO,
    VENDOR_WINDOWS,
    VENDOR_FORTINET,
    VENDOR_JUNIPER,
    VENDOR_CHECK_POINT,
    VENDOR_SONICWALL,
    VENDOR_ROUTEROS, // sends no vendor id of its own: chosen for its words alone
};

// "strongSwan"; "" when unknown.
const char *vendor_name(enum vendor vendor);
// The first of those ids that is known.
enum vendor vendor_find(const struct bytes *ids, unsigned n);
// Our own, without a version.
struct bytes vendor_own_id(void);

#endif
