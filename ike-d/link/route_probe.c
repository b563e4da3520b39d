#include "ike-d/link/route_probe.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ike-d/sa/ike_limits.h"
#include "lib/net/marks.h"

static int open_one(int family)
{
    uint32_t mark = MARK_OWN;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return errno == EAFNOSUPPORT ? -1 : -errno;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0) {
        int error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int route_probe_open(struct route_probe *probe)
{
    static const int families[2] = {AF_INET, AF_INET6};
    probe->fd[0] = -1;
    probe->fd[1] = -1;
    for (int i = 0; i < 2; i++) {
        int fd = open_one(families[i]);
        if (fd < -1) {
            route_probe_close(probe);
            return fd;
        }
        probe->fd[i] = fd;
    }
    return 0;
}

int route_probe_ask(const struct route_probe *probe, const struct address *remote, struct address *ret_local)
{
    struct endpoint peer = {.address = *remote, .port = IKE_PORT};
    struct endpoint own;
    struct sockaddr_storage sa;
    socklen_t n = endpoint_to_sockaddr(&peer, &sa);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    int fd = probe->fd[remote->family == 6];
    if (fd < 0) {
        return -EAFNOSUPPORT;
    }
    if (connect(fd, (struct sockaddr *)&sa, n) < 0) {
        return -errno;
    }
    n = sizeof(sa);
    int error = getsockname(fd, (struct sockaddr *)&sa, &n) < 0 ? -errno : 0;
    if (error == 0) {
        error = endpoint_from_sockaddr((struct sockaddr *)&sa, &own);
    }
    (void)connect(fd, &nobody, sizeof(nobody));
    if (error == 0) {
        *ret_local = own.address;
    }
    return error;
}

void route_probe_close(struct route_probe *probe)
{
    for (int i = 0; i < 2; i++) {
        if (probe->fd[i] >= 0) {
            close(probe->fd[i]);
            probe->fd[i] = -1;
        }
    }
}
