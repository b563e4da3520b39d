// The firewall as a whole: brings the kernel (nftables table, rules and routes, TUN, connection tracking) to what the
// configuration wants, reads back what stands, and removes all of it on release. Calls block for as long as the kernel
// takes.
#ifndef BULKHEAD_FW_FIREWALL_H
#define BULKHEAD_FW_FIREWALL_H

#include "fw-d/connected.h"
#include "fw-d/intent.h"
#include "fw-d/link.h"
#include "fw-d/netlink.h"
#include "fw-d/table.h"

// What an operator should know; bits.
enum firewall_warning {
    WARNING_NO_TUN = 1u << 0,
    WARNING_IPV4_FORWARDING_OFF = 1u << 1,
    WARNING_IPV6_FORWARDING_OFF = 1u << 2,
    WARNING_STRICT_SOURCE = 1u << 3,
    WARNING_TABLE_NOT_PERSISTENT = 1u << 4,
    WARNING_TABLE_NOT_OWNED = 1u << 5,
};
#define FIREWALL_WARNINGS 6u

struct firewall {
    const char *tun;
    struct table_courier courier; // set by the owner
    struct netlink route;
    struct netlink nft; // the table belongs to this socket
    struct netlink conntrack;
    bool configured;
    struct intent intent;    // as configured last
    struct policy *standing; // what the table was made of: the intent with its implied bypasses
    size_t standing_n;
    bool stands; // there is a table
    uint32_t flags;
    uint32_t nft_generation; // the kernel's, when the table was last seen
    struct connected connected;
    unsigned warnings;
};

#define FIREWALL_ERROR_MAX 384

// Opens the sockets. 0 or -errno.
int firewall_open(struct firewall *firewall, const char *tun);
void firewall_close(struct firewall *firewall);
// Takes over what an earlier fw-d left in the kernel, if anything. 0 or -errno.
int firewall_adopt(struct firewall *firewall);
// Makes the intent stand, in one transaction, and takes it (it is empty then). On an error what stood stays, and
// `ret_error` (FIREWALL_ERROR_MAX) says why: -EINVAL for what the intent is to blame for, else another -errno.
int firewall_install(struct firewall *firewall, struct intent *intent, char *ret_error);
// Repairs what others changed: TUN, rules, routes, connected networks, the table; looks for warnings. Does nothing
// where nothing is wrong.
void firewall_steady(struct firewall *firewall);
// Removes all of it, the TUN too; what is gone already is no error. 0 or the first -errno.
int firewall_release(struct firewall *firewall);
// 0 or -errno.
int firewall_read_counters(struct firewall *firewall, struct counter_value *ret_counters);
// One line for operators.
const char *firewall_warning_text(enum firewall_warning warning);

#endif
