// One nftables transaction: netlink messages between a begin and an end, which the kernel takes all or none. A failure
// to get memory is remembered, so that the builders need not look.
#ifndef BULKHEAD_FW_BATCH_H
#define BULKHEAD_FW_BATCH_H

#include <libmnl/libmnl.h>

#include "lib/core/bytes.h"

// No message is longer: an attribute's length has 16 bits.
#define BATCH_MESSAGE_MAX_BYTES 73728u

struct batch {
    uint8_t *buffer;
    size_t n;
    size_t size;
    uint32_t first_seq;
    const char **labels; // what each message is about, for errors; by sequence number from first_seq on
    size_t messages;
    int error; // the first -errno
};

// Opens the transaction. NULL without memory.
struct batch *batch_new(uint32_t first_seq);
void batch_free(struct batch *batch);
// Starts a message of the nftables subsystem (family inet), with room for BATCH_MESSAGE_MAX_BYTES; `label` is a static
// text. Never NULL.
struct nlmsghdr *batch_add(struct batch *batch, uint16_t type, uint16_t flags, const char *label);
// The message is complete.
void batch_commit(struct batch *batch, const struct nlmsghdr *message);
// Remembers the first error.
void batch_fail(struct batch *batch, int error);
// Closes the transaction. 0 or the error that was remembered.
int batch_finish(struct batch *batch);
// What the message with that number is about; "transaction" when there is none.
const char *batch_label(const struct batch *batch, uint32_t seq);

#endif
