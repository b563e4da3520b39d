// What fw-d accepts at most, and the numbers of its table that operators see.
#ifndef BULKHEAD_FW_LIMITS_H
#define BULKHEAD_FW_LIMITS_H

#define FW_TABLE_NAME "bulkhead"

// Policies of one generation, implied bypasses included.
#define FW_POLICIES_MAX 131072u
// Policies that overlap one another in a row need a layer each, and each layer costs every packet a lookup.
#define FW_LAYERS_MAX 64u
// From so many policies of the same masks on a hash table is cheaper than the search of intervals, and so many such
// masks of each family.
#define FW_MASKED_MIN       256u
#define FW_MASKED_KINDS_MAX 8u
// Prefixes of networks that the gateway is connected to.
#define FW_CONNECTED_MAX 1024u
// Counters of tunnels a page, of at most 100 bytes each.
#define FW_COUNTERS_A_PAGE 400u

// Before every NAT chain (they run at -100, whatever number they carry), after the mangle chains of others (-150, with
// firewalld's at -140), which might overwrite the mark.
#define FW_PRIORITY_STEER (-110)
// After NAT, for packets whose addresses NAT changed.
#define FW_PRIORITY_STEER_AFTER_NAT (-90)
// The lowest that the kernel allows to a NAT chain (-200 answers EOPNOTSUPP).
#define FW_PRIORITY_NAT   (-199)
#define FW_PRIORITY_GUARD (-150)
// Before connection tracking (-200).
#define FW_PRIORITY_RAW (-300)

// The default route to the TUN, and the worst metric for the route that is left without it.
#define FW_METRIC_TUN         1u
#define FW_METRIC_UNREACHABLE 4294967295u

// As esp-d sets it: what fits an SA, esp-d tells senders one by one.
#define FW_TUN_MTU_BYTES 1500u

// A change by others is looked at after this, so that a burst of changes is one look ...
#define FW_RECONCILE_DELAY_MS 50u
// ... and without any news.
#define FW_RECONCILE_PERIOD_MS 1000u

// Where the courier listens.
#define FW_COURIER_LISTENERS_MAX 4u

#endif
