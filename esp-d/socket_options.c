#include "esp-d/socket_options.h"

#include <errno.h>
#include <sys/socket.h>

#include "esp-d/esp_limits.h"
#include "lib/net/marks.h"

int socket_options_set(int fd, const struct socket_option *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int)) < 0)
            return -errno;
    }
    return 0;
}

int socket_options_set_own(int fd)
{
    static const struct socket_option own[] = {
        {SOL_SOCKET, SO_MARK, (int)MARK_OWN},
        {SOL_SOCKET, SO_RCVBUFFORCE, ESP_SOCKET_BUFFER_BYTES},
        {SOL_SOCKET, SO_SNDBUFFORCE, ESP_SOCKET_BUFFER_BYTES},
    };

    return socket_options_set(fd, own, sizeof(own) / sizeof(own[0]));
}
