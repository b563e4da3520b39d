// Reading attributes of netlink messages as nf_tables builds them: none of them is trusted to have the size it should.
#ifndef BULKHEAD_FW_ATTRIBUTE_H
#define BULKHEAD_FW_ATTRIBUTE_H

#include "fw-d/netlink.h"

// The attribute of that type in the nest, or of the message; NULL.
const struct nlattr *attribute_in(const struct nlattr *nest, uint16_t type);
const struct nlattr *attribute_of(const struct nlmsghdr *message, uint16_t type);
// NULL is taken by all of these. NULL unless there is a text that ends inside the attribute.
const char *attribute_text(const struct nlattr *attr);
// False unless it has 4 bytes.
bool attribute_be32(const struct nlattr *attr, uint32_t *ret_value);
// 0 unless it has 8 bytes.
uint64_t attribute_be64(const struct nlattr *attr);
struct bytes attribute_bytes(const struct nlattr *attr);

#endif
