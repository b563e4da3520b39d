// What the launcher itself gives up: all capabilities but those that the daemons' set-up needs.
#ifndef BULKHEAD_LAUNCHER_BOUNDS_H
#define BULKHEAD_LAUNCHER_BOUNDS_H

// 0, or -EPERM with a capability that the daemons' set-up needs and this process lacks; -errno.
int bounds_check(unsigned *ret_missing);
// Bounding, permitted and effective sets; no new privileges by programs; no core dumps. 0 or -errno.
int bounds_apply(void);

#endif
