// Tells who started us that we are ready, by the protocol of sd_notify(3): a datagram to the socket in NOTIFY_SOCKET.
#ifndef BULKHEAD_DAEMON_READINESS_H
#define BULKHEAD_DAEMON_READINESS_H

// A connected socket, -ENOENT when nobody asks, or -errno. Before the sandbox, which allows no such socket later.
int readiness_open(void);
// Sends READY=1 and closes it; negative fds are ignored. 0 or -errno.
int readiness_send(int fd);

#endif
