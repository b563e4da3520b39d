#include "fw-d/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

// A whole generation goes to the kernel in one datagram.
#define SEND_BUFFER_BYTES    (64 << 20)
#define RECEIVE_BUFFER_BYTES (4 << 20)
// The kernel fills at most 32 KiB of a dump at a time.
#define DATAGRAM_MAX_BYTES 65536u
#define ANSWER_TIMEOUT_S   10

static int set_options(int fd)
{
    struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
    int send = SEND_BUFFER_BYTES, receive = RECEIVE_BUFFER_BYTES, one = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof(send)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
        setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) < 0)
        return -errno;
    return 0;
}

int netlink_open(struct netlink *nl, int bus, unsigned groups)
{
    int r;

    nl->socket = mnl_socket_open2(bus, SOCK_CLOEXEC | (groups ? SOCK_NONBLOCK : 0));
    if (!nl->socket)
        return -errno;
    r = set_options(netlink_fd(nl));
    if (r == 0 && mnl_socket_bind(nl->socket, groups, MNL_SOCKET_AUTOPID) < 0)
        r = -errno;
    if (r < 0) {
        netlink_close(nl);
        return r;
    }
    nl->port = mnl_socket_get_portid(nl->socket);
    nl->seq = (uint32_t)time(NULL);
    return 0;
}

void netlink_close(struct netlink *nl)
{
    if (nl->socket)
        mnl_socket_close(nl->socket);
    nl->socket = NULL;
}

int netlink_fd(const struct netlink *nl)
{
    return mnl_socket_get_fd(nl->socket);
}

struct nlmsghdr *netlink_request(struct netlink *nl, void *buffer, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

    request->nlmsg_type = type;
    request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    if (++nl->seq == 0)
        nl->seq = 1;
    request->nlmsg_seq = nl->seq;
    return request;
}

static ssize_t receive(struct netlink *nl, uint8_t *buffer)
{
    ssize_t n;

    do {
        n = recv(netlink_fd(nl), buffer, DATAGRAM_MAX_BYTES, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    return n;
}

int netlink_dump(struct netlink *nl, struct nlmsghdr *request, netlink_message_fn *take, void *arg)
{
    uint8_t *buffer = malloc(DATAGRAM_MAX_BYTES);
    struct answer_error error = {0};
    enum answer answer = ANSWER_MORE;
    ssize_t n;

    if (!buffer)
        return -ENOMEM;
    if (mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0) {
        answer = ANSWER_ERROR;
        error.error = -errno;
    }
    while (answer == ANSWER_MORE) {
        n = receive(nl, buffer);
        if (n < 0) {
            error.error = (int)n;
            break;
        }
        answer = answer_walk(bytes_of(buffer, (size_t)n), request->nlmsg_seq, take, arg, &error);
    }
    free(buffer);
    return error.error;
}

int netlink_ask(struct netlink *nl, struct nlmsghdr *request)
{
    request->nlmsg_flags |= NLM_F_ACK;
    return netlink_dump(nl, request, NULL, NULL);
}

// Everything that waits in the socket: the first error, or 0.
static int read_verdict(struct netlink *nl, const struct batch *batch, uint8_t *buffer, const char **ret_label)
{
    struct answer_error error = {0};
    ssize_t n;
    int r = 0;

    for (;;) {
        n = recv(netlink_fd(nl), buffer, DATAGRAM_MAX_BYTES, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return r;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return r ? r : -errno;
        if (answer_walk(bytes_of(buffer, (size_t)n), 0, NULL, NULL, &error) == ANSWER_ERROR && r == 0) {
            r = error.error;
            *ret_label = batch_label(batch, error.seq);
        }
    }
}

// The kernel has worked through the transaction when send returns, and says something only about what it refuses.
int netlink_transact(struct netlink *nl, const struct batch *batch, const char **ret_label)
{
    uint8_t *buffer = malloc(DATAGRAM_MAX_BYTES);
    int r = 0;

    *ret_label = "transaction";
    if (!buffer)
        return -ENOMEM;
    if (mnl_socket_sendto(nl->socket, batch->buffer, batch->n) < 0)
        r = -errno;
    nl->seq = batch->first_seq + (uint32_t)batch->messages;
    if (r == 0)
        r = read_verdict(nl, batch, buffer, ret_label);
    free(buffer);
    return r;
}
