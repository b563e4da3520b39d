#include "launcher/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int notify_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int on = 1, fd, r;
    mode_t mask;

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (unlink(path) < 0 && errno != ENOENT)
        goto fail;
    mask = umask(0177);
    r = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (r == 0 && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0)
        return fd;
fail:
    r = -errno;
    close(fd);
    return r;
}

static int is_ready(const char *text, size_t n)
{
    static const char ready[] = "READY=1";
    size_t size = sizeof(ready) - 1;

    return n >= size && memcmp(text, ready, size) == 0 && (n == size || text[size] == '\n');
}

int notify_receive(int fd, struct ucred *ret_sender)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))]; // descriptors find no room: the kernel closes them
    } control;
    char text[64];
    struct iovec iov = {.iov_base = text, .iov_len = sizeof(text)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *cmsg;

    if (n < 0)
        return -errno;
    cmsg = CMSG_FIRSTHDR(&msg);
    if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_CREDENTIALS || !is_ready(text, (size_t)n))
        return 0;
    memcpy(ret_sender, CMSG_DATA(cmsg), sizeof(*ret_sender));
    return 1;
}
