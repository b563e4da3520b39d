// Netlink sockets (rtnetlink, nftables, ctnetlink): one request and its acknowledgement, a dump, a transaction. They
// are opened before the sandbox; ownership of our nftables table hangs on its socket.
#ifndef BULKHEAD_FW_NETLINK_H
#define BULKHEAD_FW_NETLINK_H

#include "fw-d/batch.h"

struct netlink {
    struct mnl_socket *socket;
    unsigned port;
    uint32_t seq;
};

// Requests are built in this much room.
#define NETLINK_REQUEST_MAX_BYTES 1024u

// bus: NETLINK_ROUTE, NETLINK_NETFILTER; groups: bits to listen to, 0 for requests. 0 or -errno.
int netlink_open(struct netlink *nl, int bus, unsigned groups);
void netlink_close(struct netlink *nl);
int netlink_fd(const struct netlink *nl);

// Starts a request in `buffer` (NETLINK_REQUEST_MAX_BYTES) with a number of its own.
struct nlmsghdr *netlink_request(struct netlink *nl, void *buffer, uint16_t type, uint16_t flags);
// Sends it and waits for the kernel's acknowledgement. 0 or the kernel's -errno.
int netlink_ask(struct netlink *nl, struct nlmsghdr *request);

// One message of a dump; an error ends it.
typedef int netlink_message_fn(const struct nlmsghdr *message, void *arg);
// Sends it and hands every answer to `take`. A request that is no
// dump must carry NLM_F_ACK, which ends it. 0 or -errno.
int netlink_dump(struct netlink *nl, struct nlmsghdr *request, netlink_message_fn *take, void *arg);

// Sends a finished transaction and waits for the verdict. On an error *ret_label says what it is about. 0 or -errno.
int netlink_transact(struct netlink *nl, const struct batch *batch, const char **ret_label);

// Walking attributes, from mnl_nlmsg_get_payload_offset or mnl_attr_get_payload on by mnl_attr_next: is this one still
// whole and inside the message, or the nest?
static inline bool attribute_is_of(const struct nlmsghdr *message, const struct nlattr *attr)
{
    const char *end = (const char *)message + message->nlmsg_len; // libmnl's tail is rounded up

    return mnl_attr_ok(attr, (int)(end - (const char *)attr));
}
static inline bool attribute_is_in(const struct nlattr *nest, const struct nlattr *attr)
{
    const char *end = (const char *)mnl_attr_get_payload(nest) + mnl_attr_get_payload_len(nest);

    return mnl_attr_ok(attr, (int)(end - (const char *)attr));
}

// How a datagram of answers ended.
enum answer {
    ANSWER_MORE,  // go on receiving
    ANSWER_DONE,  // dump complete, or acknowledged
    ANSWER_ERROR, // the kernel refused, or the datagram is malformed
};
struct answer_error {
    int error; // -errno
    uint32_t seq;
};
// Walks one datagram. Messages of other requests (seq) are skipped, 0: takes all. Pure: no socket is touched.
enum answer answer_walk(struct bytes datagram, uint32_t seq, netlink_message_fn *take, void *arg,
                        struct answer_error *ret_error);

#endif
