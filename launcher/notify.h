// The socket on which daemons report READY=1 (sd_notify(3)). Nothing else is read from a child; who sent it is told by
// the kernel.
#ifndef BULKHEAD_LAUNCHER_NOTIFY_H
#define BULKHEAD_LAUNCHER_NOTIFY_H

#include <sys/socket.h>

#define NOTIFY_SOCKET_NAME "notify.sock"

// Binds `path`, mode 0600. The descriptor, or -errno.
int notify_open(const char *path);
// 1 with the sender of a READY=1, 0 for anything else, -EAGAIN when nothing is left, -errno.
int notify_receive(int fd, struct ucred *ret_sender);

#endif
