// Work that takes too long for the loop's thread (keys of RSA, key derivation from passphrases) in libuv's thread pool.
#ifndef BULKHEAD_PKI_POOL_H
#define BULKHEAD_PKI_POOL_H

#include "lib/daemon/daemon.h"

// A task that must not pile up: so many may be under way, further ones are refused.
#define POOL_TASKS_MAX 64

// run: in a thread of the pool, touches `task` alone. done: in the loop, takes `task`; `ran` is false when the daemon
// ends before its turn. -EBUSY: too many under way; then neither is called.
int pool_submit(struct daemon *daemon, void (*run)(void *task),
                void (*done)(struct daemon *daemon, void *task, bool ran), void *task);

#endif
