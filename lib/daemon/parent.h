// A daemon that the launcher started ends with it: orphans of a launcher that was killed would stand in the way of the
// next one. The launcher passes its process id in BULKHEAD_LAUNCHER; without it (systemd, by hand) nothing happens.
#ifndef BULKHEAD_DAEMON_PARENT_H
#define BULKHEAD_DAEMON_PARENT_H

#define PARENT_VARIABLE "BULKHEAD_LAUNCHER"

// Asks for SIGTERM when the launcher dies. After the last change of uid or capabilities, which cancel it (prctl(2)).
// 0, or -ESRCH when it is dead already.
int parent_follow(void);

#endif
