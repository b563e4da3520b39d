#include "api-d/courier/own_networks.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PART_BYTES (32u * 1024u) // the kernel makes no larger ones
#define PARTS_MAX  1024u

struct search {
    struct address address;
    enum own_networks_verdict verdict;
};

int own_networks_open(struct own_networks *networks)
{
    networks->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    return networks->fd < 0 ? -errno : 0;
}

void own_networks_close(struct own_networks *networks)
{
    if (networks->fd >= 0)
        close(networks->fd);
    networks->fd = -1;
}

static struct prefix cut(const struct address *address, unsigned bits)
{
    struct prefix prefix = {.address = *address, .bits = (uint8_t)bits};

    for (size_t i = 0; i < address_size(address); i++) {
        unsigned kept = bits > 8 * i ? bits - (unsigned)(8 * i) : 0;

        if (kept < 8)
            prefix.address.b[i] &= (uint8_t)(0xff00u >> kept);
    }
    return prefix;
}

// IFA_ADDRESS names the network, or the other end of a point-to-point link; IFA_LOCAL us, but IPv6 has it there alone.
static void look_at(struct search *search, uint16_t type, struct bytes data, unsigned bits)
{
    struct address address;
    struct prefix prefix;
    struct range range;

    if ((type != IFA_LOCAL && type != IFA_ADDRESS) || address_from_bytes(data, &address) < 0)
        return;
    prefix = cut(&address, bits <= 8 * address_size(&address) ? bits : 0);
    range = prefix_to_range(&prefix);
    if ((type == IFA_LOCAL || address.family == 6) && address_equal(&address, &search->address))
        search->verdict = OWN_NETWORKS_SELF;
    else if (search->verdict == OWN_NETWORKS_ELSEWHERE && bits && range_contains(&range, &search->address))
        search->verdict = OWN_NETWORKS_CONNECTED;
}

static void take_address(struct search *search, const struct nlmsghdr *message)
{
    const struct ifaddrmsg *address = NLMSG_DATA(message);
    size_t left, step;

    if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof(*address)))
        return;
    left = message->nlmsg_len - NLMSG_LENGTH(sizeof(*address));
    for (const uint8_t *at = (const uint8_t *)IFA_RTA(address); left >= sizeof(struct rtattr);
         at += step, left -= step) {
        struct rtattr head;

        memcpy(&head, at, sizeof(head));
        if (head.rta_len < sizeof(head) || head.rta_len > left)
            return;
        step = RTA_ALIGN(head.rta_len) < left ? RTA_ALIGN(head.rta_len) : left;
        look_at(search, head.rta_type, bytes_of(at + RTA_LENGTH(0), head.rta_len - RTA_LENGTH(0)),
                address->ifa_prefixlen);
    }
}

// 1: that was the last part.
static int take_part(struct search *search, const uint8_t *part, size_t n)
{
    while (n >= sizeof(struct nlmsghdr)) {
        const struct nlmsghdr *message = (const void *)part;
        size_t step = NLMSG_ALIGN(message->nlmsg_len);

        if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > n)
            return -EIO;
        if (message->nlmsg_type == NLMSG_DONE)
            return 1;
        if (message->nlmsg_type == NLMSG_ERROR)
            return -EIO;
        take_address(search, message);
        step = step < n ? step : n;
        part += step;
        n -= step;
    }
    return 0;
}

static int ask(struct own_networks *networks)
{
    struct {
        struct nlmsghdr head;
        struct ifaddrmsg address; // family 0: all
    } request = {.head = {.nlmsg_len = sizeof(request),
                          .nlmsg_type = RTM_GETADDR,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                          .nlmsg_seq = ++networks->sequence}};
    struct iovec iov = {.iov_base = &request, .iov_len = sizeof(request)};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

    return sendmsg(networks->fd, &message, 0) < 0 ? -errno : 0;
}

// The kernel makes a part when the one before is taken, so there is nothing to wait for.
static int dump(struct own_networks *networks, struct search *search, uint8_t *part)
{
    int r = ask(networks);

    for (unsigned i = 0; i < PARTS_MAX && r == 0; i++) {
        struct iovec iov = {.iov_base = part, .iov_len = PART_BYTES};
        struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n = recvmsg(networks->fd, &message, 0);

        if (n < 0)
            return -errno;
        if (n >= (ssize_t)sizeof(struct nlmsghdr) &&
            ((const struct nlmsghdr *)(const void *)part)->nlmsg_seq == networks->sequence)
            r = take_part(search, part, (size_t)n);
    }
    return r == 1 ? 0 : r < 0 ? r : -EIO;
}

int own_networks_find(struct own_networks *networks, const struct address *address,
                      enum own_networks_verdict *ret_verdict)
{
    struct search search = {.address = *address};
    uint8_t *part = malloc(PART_BYTES);
    int r = part ? dump(networks, &search, part) : -ENOMEM;

    free(part);
    if (r == 0)
        *ret_verdict = search.verdict;
    return r;
}
