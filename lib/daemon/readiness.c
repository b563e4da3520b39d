#include "lib/daemon/readiness.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    int fd, r;

    if ((*path != '/' && *path != '@') || n >= sizeof(address.sun_path))
        return -EINVAL;
    memcpy(address.sun_path, path, n);
    if (*path == '@')
        address.sun_path[0] = '\0'; // abstract
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, size) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

int readiness_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    int fd = path ? connect_to(path) : -ENOENT;

    unsetenv("NOTIFY_SOCKET");
    return fd;
}

int readiness_send(int fd)
{
    static const char text[] = "READY=1\n";
    int r = 0;

    if (fd < 0)
        return 0;
    if (write(fd, text, sizeof(text) - 1) < 0)
        r = -errno;
    close(fd);
    return r;
}
