// A kernel that can't cut datagrams (UDP_SEGMENT): such sends end as before Linux 6.11 on a route whose device computes
// no checksums. Loaded into esp-d by LD_PRELOAD.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UDP_SEGMENT_OPTION 103

static int is_segmented(const struct msghdr *message)
{
    struct msghdr copy = *message;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c; c = CMSG_NXTHDR(&copy, c)) {
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_SEGMENT_OPTION)
            return 1;
    }
    return 0;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (!is_segmented(message))
        return syscall(SYS_sendmsg, fd, message, flags);
    errno = EIO;
    return -1;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
    unsigned whole = 0;

    while (whole < n && !is_segmented(&messages[whole].msg_hdr))
        whole++;
    if (whole || !n)
        return (int)syscall(SYS_sendmmsg, fd, messages, whole, flags);
    errno = EIO;
    return -1;
}
