// Makes the parts of a message of the API: strings, times, lists. Any allocation that failed is noticed once,
// at the end.
#ifndef BULKHEAD_IKE_LINK_MESSAGE_BUILDER_H
#define BULKHEAD_IKE_LINK_MESSAGE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "google/protobuf/timestamp.pb-c.h"

struct message_builder {
    bool failed;
};

// Zeroed, from malloc; NULL without memory.
void *message_builder_make(struct message_builder *b, size_t n);
char *message_builder_text(struct message_builder *b, const char *from);
// NULL for 0: it is not set.
Google__Protobuf__Timestamp *message_builder_time(struct message_builder *b, uint64_t unix_s);

#endif
