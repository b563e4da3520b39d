// The last step of sending: messages of one socket in as few calls as they take.
#ifndef BULKHEAD_ESP_SEND_MESSAGES_H
#define BULKHEAD_ESP_SEND_MESSAGES_H

#include <stdbool.h>
#include <sys/socket.h>

// Message `at` failed with errno `err`. True: it was dealt with, the next one follows; false: it is tried again.
typedef bool send_failure_fn(void *arg, unsigned at, int err);

// Returns how many messages were handed over. fd -1 (this machine has not that family): each fails with EAFNOSUPPORT.
// Never blocks by itself. Thread: worker.
unsigned send_messages(int fd, struct mmsghdr *messages, unsigned n, send_failure_fn *on_failure, void *arg);

#endif
