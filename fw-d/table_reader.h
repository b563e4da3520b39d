// What stands in the kernel of table `inet bulkhead`: whether it is there, its counters, the policies in its maps. fw-d
// reads it back after its own restart and before it removes it.
#ifndef BULKHEAD_FW_TABLE_READER_H
#define BULKHEAD_FW_TABLE_READER_H

#include "fw-d/netlink.h"
#include "fw-d/table.h"

// 0, -ENOENT: no such table, or another -errno.
int table_read_flags(struct netlink *nl, uint32_t *ret_flags);
// The names of our maps. 0 or -errno.
int table_read_maps(struct netlink *nl, struct table_maps *ret_maps);
// Counters that are not there stay as they are. 0 or -errno.
int table_read_counters(struct netlink *nl, struct counter_value *ret_counters);
// The kernel's count of transactions, by whomever. 0 or -errno.
int table_read_generation(struct netlink *nl, uint32_t *ret_generation);
// The policies of all layers in an order that decides alike; malloc'd. 0 or -errno.
int table_read_policies(struct netlink *nl, struct policy **ret_policies, size_t *ret_n);

// One message of a dump each, pure, in fw-d/table_message.c (libnftnl's readers end the process on what they don't
// expect).
struct element_list {
    struct set_id map;
    struct policy *policies;
    size_t n;
    size_t size; // allocated
};
// Adds the elements of that map to the list. -EBADMSG, -ENOMEM, -E2BIG.
int table_take_elements(const struct nlmsghdr *message, struct element_list *list);
// Sets the counter that the message is about, if it is one of ours. 0.
int table_take_counter(const struct nlmsghdr *message, struct counter_value *counters);
// Adds the map's name, if it is one of ours. 0.
int table_take_map(const struct nlmsghdr *message, struct table_maps *maps);
// -EBADMSG.
int table_take_flags(const struct nlmsghdr *message, uint32_t *ret_flags);

#endif
