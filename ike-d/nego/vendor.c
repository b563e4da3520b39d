#include "ike-d/nego/vendor.h"

#include <string.h>

#define OWN_ID "Bulkhead"

// Vendor ids are told by how they begin: what follows is a version mostly.
struct vendor_id {
    enum vendor vendor;
    const char *start;
    size_t n;
};
#define ID(vendor, text)                                                                                               \
    {                                                                                                                  \
        vendor, text, sizeof(text) - 1                                                                                 \
    }

static const struct vendor_id table[] = {
    ID(VENDOR_BULKHEAD, OWN_ID),
    ID(VENDOR_STRONGSWAN, "\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb"),
    ID(VENDOR_LIBRESWAN, "OE-Libreswan-"),
    ID(VENDOR_OPENIKED, "OpenIKED-"),
    ID(VENDOR_CISCO, "CISCO"), // -DELETE-REASON, -DYNAMIC-ROUTE, (COPYRIGHT)&Copyright ...
    ID(VENDOR_CISCO, "FLEXVPN-SUPPORTED"),
    ID(VENDOR_CISCO, "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc"), // Unity
    ID(VENDOR_WINDOWS, "\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61"),
    ID(VENDOR_WINDOWS, "\xfb\x1d\xe3\xcd\xf3\x41\xb7\xea\x16\xb7\xe5\xbe\x08\x55\xf1\x20"),
    ID(VENDOR_FORTINET, "\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde"),
    ID(VENDOR_JUNIPER, "\x69\x93\x69\x22\x87\x41\xc6\xd4\xca\x09\x4c\x93\xe2\x42\xc9\xde"),
    ID(VENDOR_CHECK_POINT, "\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f"),
    ID(VENDOR_SONICWALL, "\x40\x4b\xf4\x39\x52\x2c\xa3\xf6"),
    ID(VENDOR_SONICWALL, "\x5b\x36\x2b\xc8\x20\xf6"),
    ID(VENDOR_SONICWALL, "\x5b\x36\x2b\xc8\x20\xf7"),
};

const char *vendor_name(enum vendor vendor)
{
    static const char *const names[] = {
        [VENDOR_UNKNOWN] = "",
        [VENDOR_BULKHEAD] = "Bulkhead",
        [VENDOR_STRONGSWAN] = "strongSwan",
        [VENDOR_LIBRESWAN] = "Libreswan",
        [VENDOR_OPENIKED] = "OpenIKED",
        [VENDOR_CISCO] = "Cisco",
        [VENDOR_WINDOWS] = "Windows",
        [VENDOR_FORTINET] = "Fortinet",
        [VENDOR_JUNIPER] = "Juniper",
        [VENDOR_CHECK_POINT] = "Check Point",
        [VENDOR_SONICWALL] = "SonicWall",
        [VENDOR_ROUTEROS] = "RouterOS",
    };
    return (size_t)vendor < sizeof(names) / sizeof(names[0]) ? names[vendor] : "";
}

static enum vendor look_up(struct bytes id)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (id.n >= table[i].n && memcmp(id.p, table[i].start, table[i].n) == 0) {
            return table[i].vendor;
        }
    }
    return VENDOR_UNKNOWN;
}

enum vendor vendor_find(const struct bytes *ids, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        enum vendor vendor = look_up(ids[i]);
        if (vendor != VENDOR_UNKNOWN) {
            return vendor;
        }
    }
    return VENDOR_UNKNOWN;
}

struct bytes vendor_own_id(void)
{
    return bytes_of(OWN_ID, sizeof(OWN_ID) - 1);
}
