#include "esp-d/send_messages.h"

#include <errno.h>

unsigned send_messages(int fd, struct mmsghdr *messages, unsigned n, send_failure_fn *on_failure, void *arg)
{
    unsigned at = 0, handed_over = 0;

    while (at < n) {
        int sent = fd < 0 ? -1 : sendmmsg(fd, messages + at, n - at, MSG_DONTWAIT);

        if (sent > 0) {
            at += (unsigned)sent;
            handed_over += (unsigned)sent;
        } else if (on_failure(arg, at, fd < 0 ? EAFNOSUPPORT : errno)) {
            at++;
        }
    }
    return handed_over;
}
