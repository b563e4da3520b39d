// The options of one command, as they were given.
#ifndef BULKHEAD_CTL_OPTION_H
#define BULKHEAD_CTL_OPTION_H

#include "ctl/invocation.h"

bool option_is_set(const struct invocation *inv, const char *name);
// The last one's value; NULL: it was not given.
const char *option_text(const struct invocation *inv, const char *name);
// The same; "" when it was not given. For fields of messages, which don't change it.
char *option_field(const struct invocation *inv, const char *name);
// 0 when it was not given. False, said, when it is no number from min to max.
bool option_number(const struct invocation *inv, const char *name, uint32_t min, uint32_t max, uint32_t *ret_number);
// "key-compromise" to the enum's value; 0 when it was not given. False, said with all that would be right, when it is
// none of its names.
bool option_enum(const struct invocation *inv, const char *name, const ProtobufCEnumDescriptor *descriptor,
                 int *ret_value);

struct option_list {
    char **values;
    size_t n;
};

// All values of it: those given again, and those with commas between. False, said, without memory.
bool option_list(const struct invocation *inv, const char *name, struct option_list *ret_list);
void option_list_done(struct option_list *list);

#endif
