// Options of the sockets on which ESP comes and goes.
#ifndef BULKHEAD_ESP_SOCKET_OPTIONS_H
#define BULKHEAD_ESP_SOCKET_OPTIONS_H

#include <stddef.h>

struct socket_option {
    int level;
    int name;
    int value;
};

// 0, or -errno of the first one that the kernel does not take.
int socket_options_set(int fd, const struct socket_option *options, size_t n);
// What all of them have: the packet mark of our own traffic, and large buffers. Needs privileges.
int socket_options_set_own(int fd);

#endif
