#include "ike-d/link/address_list.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PART_BYTES     (32u * 1024u) // the kernel makes no larger ones
#define PARTS_MAX      1024u
#define INTERFACES_MAX 1024u

struct reading {
    uint32_t up[INTERFACES_MAX]; // indices of the interfaces whose addresses count
    unsigned up_n;
    struct address *addresses;
    unsigned n;
    unsigned max;
};

typedef void take_fn(struct reading *reading, const struct nlmsghdr *message);

int address_list_open(struct address_list *list)
{
    list->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    return list->fd < 0 ? -errno : 0;
}

static void take_link(struct reading *reading, const struct nlmsghdr *message)
{
    const struct ifinfomsg *link = NLMSG_DATA(message);
    bool counts = (link->ifi_flags & IFF_UP) && !(link->ifi_flags & IFF_LOOPBACK);
    if (message->nlmsg_type == RTM_NEWLINK && counts && reading->up_n < INTERFACES_MAX) {
        reading->up[reading->up_n++] = (uint32_t)link->ifi_index;
    }
}

static bool is_up(const struct reading *reading, uint32_t index)
{
    for (unsigned i = 0; i < reading->up_n; i++) {
        if (reading->up[i] == index) {
            return true;
        }
    }
    return false;
}

// Of IPv6, those that come and go by themselves (RFC 8981), are not checked yet, or are about to go, are of no use.
static bool is_lasting(const struct ifaddrmsg *address)
{
    const unsigned bad = IFA_F_TEMPORARY | IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED;
    return address->ifa_family == AF_INET || (address->ifa_family == AF_INET6 && !(address->ifa_flags & bad));
}

static const void *after(const void *at, size_t step)
{
    return (const uint8_t *)at + step;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

// IFA_LOCAL is ours where there are both, on a point-to-point link.
static struct bytes find_address(const struct nlmsghdr *message)
{
    const struct ifaddrmsg *address = NLMSG_DATA(message);
    struct bytes found = bytes_of(NULL, 0);
    size_t left = message->nlmsg_len > NLMSG_LENGTH(sizeof(*address)) ? IFA_PAYLOAD(message) : 0;
    size_t step;
    for (const struct rtattr *at = IFA_RTA(address); left >= sizeof(*at); at = after(at, step), left -= step) {
        if (at->rta_len < sizeof(*at) || at->rta_len > left) {
            break;
        }
        step = smaller(RTA_ALIGN(at->rta_len), left);
        if (at->rta_type == IFA_LOCAL || (at->rta_type == IFA_ADDRESS && found.n == 0)) {
            found = bytes_of(RTA_DATA(at), RTA_PAYLOAD(at));
        }
    }
    return found;
}

static void take_address(struct reading *reading, const struct nlmsghdr *message)
{
    const struct ifaddrmsg *address = NLMSG_DATA(message);
    if (message->nlmsg_type == RTM_NEWADDR && address->ifa_scope == RT_SCOPE_UNIVERSE && is_lasting(address) &&
        is_up(reading, address->ifa_index) && reading->n < reading->max &&
        address_from_bytes(find_address(message), &reading->addresses[reading->n]) == 0) {
        reading->n++;
    }
}

static int ask(struct address_list *list, uint16_t type)
{
    struct {
        struct nlmsghdr head;
        union { // both begin with the family, 0 for all
            struct ifinfomsg link;
            struct ifaddrmsg address;
        } body;
    } request = {
        .head = {.nlmsg_len = NLMSG_LENGTH(type == RTM_GETLINK ? sizeof(struct ifinfomsg) : sizeof(struct ifaddrmsg)),
                 .nlmsg_type = type,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                 .nlmsg_seq = ++list->sequence}};
    struct iovec iov = {.iov_base = &request, .iov_len = request.head.nlmsg_len};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    return sendmsg(list->fd, &message, 0) < 0 ? -errno : 0;
}

// 1: that was the last part.
static int take_part(struct reading *reading, take_fn *take, const struct nlmsghdr *message, size_t n)
{
    while (n >= sizeof(*message) && message->nlmsg_len >= sizeof(*message) && message->nlmsg_len <= n) {
        if (message->nlmsg_type == NLMSG_DONE) {
            return 1;
        }
        if (message->nlmsg_type == NLMSG_ERROR) {
            return -EIO;
        }
        take(reading, message);
        size_t step = smaller(NLMSG_ALIGN(message->nlmsg_len), n);
        message = after(message, step);
        n -= step;
    }
    return 0;
}

static bool is_answer(const struct address_list *list, const struct nlmsghdr *message, ssize_t n)
{
    return n >= (ssize_t)sizeof(*message) && message->nlmsg_seq == list->sequence;
}

// The kernel makes a part when the one before is taken, so there is nothing to wait for.
static int dump(struct address_list *list, uint16_t type, take_fn *take, struct reading *reading)
{
    struct nlmsghdr *part = malloc(PART_BYTES);
    int error = part ? ask(list, type) : -ENOMEM;
    bool done = false;
    for (unsigned i = 0; i < PARTS_MAX && error == 0 && !done; i++) {
        struct iovec iov = {.iov_base = part, .iov_len = PART_BYTES};
        struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n = recvmsg(list->fd, &message, 0);
        if (n < 0) {
            error = -errno;
        } else if (is_answer(list, part, n)) {
            error = take_part(reading, take, part, (size_t)n);
            done = error == 1;
            error = done ? 0 : error;
        }
    }
    free(part);
    return error == 0 && !done ? -EIO : error;
}

int address_list_read(struct address_list *list, struct address *ret_addresses, unsigned max)
{
    struct reading *reading = calloc(1, sizeof(*reading));
    if (!reading) {
        return -ENOMEM;
    }
    reading->addresses = ret_addresses;
    reading->max = max;
    int error = dump(list, RTM_GETLINK, take_link, reading);
    if (error == 0) {
        error = dump(list, RTM_GETADDR, take_address, reading);
    }
    int n = error < 0 ? error : (int)reading->n;
    free(reading);
    return n;
}

void address_list_close(struct address_list *list)
{
    if (list->fd >= 0) {
        close(list->fd);
        list->fd = -1;
    }
}
