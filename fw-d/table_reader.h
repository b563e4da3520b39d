// What stands in the kernel of table `inet bulkhead`: whether it is there, its counters, the policies in its maps. fw-d
// reads it back after its own restart and before it removes it.
#ifndef BULKHEAD_FW_TABLE_READER_H
#define BULKHEAD_FW_TABLE_READER_H

#include "fw-d/netlink.h"
#include "fw-d/table.h"

// 0, -ENOENT: no such table, or another -errno.
int table_read_flags(struct netlink *nl, uint32_t *ret_flags);
// Counters that are not there stay as they are. 0 or -errno.
int table_read_counters(struct netlink *nl, struct counter_value *ret_counters);
// The kernel's count of transactions, by whomever. 0 or -errno.
int table_read_generation(struct netlink *nl, uint32_t *ret_generation);
// The policies of all layers in an order that decides alike; malloc'd. 0 or -errno.
int table_read_policies(struct netlink *nl, struct policy **ret_policies, size_t *ret_n);

// Parts of the above for one message, pure.
struct element_list {
    uint8_t family;
    struct policy *policies;
    size_t n;
    size_t size;
};
int table_take_elements(const struct nlmsghdr *message, struct element_list *list);
int table_take_counter(const struct nlmsghdr *message, struct counter_value *counters);

#endif
