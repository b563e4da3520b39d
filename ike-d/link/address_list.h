// Reads the addresses of this host's interfaces from the kernel, through a netlink socket that is opened before the
// sandbox.
#ifndef BULKHEAD_IKE_LINK_ADDRESS_LIST_H
#define BULKHEAD_IKE_LINK_ADDRESS_LIST_H

#include "lib/net/address.h"

struct address_list {
    int fd; // -1: none
    uint32_t sequence;
};

int address_list_open(struct address_list *list); // -errno
// Global unicast addresses that are in use, of interfaces that are up and not the loopback. How many, at most `max`; or
// -errno.
int address_list_read(struct address_list *list, struct address *ret_addresses, unsigned max);
void address_list_close(struct address_list *list);

#endif
