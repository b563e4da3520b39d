// RUN/bulkhead.pid: one launcher a RUN folder. The file stays; what counts is the lock on it, which ends with its
// holder, and the kernel names the holder. The second line is the TUN's name, for a later `stop --release`.
#ifndef BULKHEAD_LAUNCHER_LOCK_H
#define BULKHEAD_LAUNCHER_LOCK_H

#include <stddef.h>
#include <sys/types.h>

// A descriptor to keep open. -EBUSY when another launcher runs there; -errno.
int lock_take(const char *run_dir, const char *tun);
// The launcher that runs there; 0: none; -errno.
pid_t lock_find_holder(const char *run_dir);
// The TUN's name of the last launcher there, into out. -ENOENT.
int lock_read_tun(const char *run_dir, char *out, size_t out_size);

#endif
