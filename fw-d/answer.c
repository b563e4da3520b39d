#include <errno.h>

#include "fw-d/netlink.h"

static enum answer take_error(const struct nlmsghdr *message, struct answer_error *ret_error)
{
    const struct nlmsgerr *e = mnl_nlmsg_get_payload(message);

    bool has_code = mnl_nlmsg_get_payload_len(message) >= sizeof(*e);

    if (has_code && e->error == 0)
        return ANSWER_DONE;
    *ret_error = (struct answer_error){.error = -EBADMSG, .seq = message->nlmsg_seq};
    if (has_code && e->error < 0 && e->error >= -4095)
        ret_error->error = e->error;
    return ANSWER_ERROR;
}

// The end of a dump carries its error, if any.
static enum answer take_done(const struct nlmsghdr *message, struct answer_error *ret_error)
{
    const int *error = mnl_nlmsg_get_payload(message);

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*error) || *error >= 0)
        return ANSWER_DONE;
    *ret_error = (struct answer_error){.error = *error >= -4095 ? *error : -EBADMSG, .seq = message->nlmsg_seq};
    return ANSWER_ERROR;
}

// mnl_nlmsg_ok takes a length of over 2 GiB for a negative one, and so for a fitting one.
static bool is_whole(const struct nlmsghdr *message, int left)
{
    return left >= (int)NLMSG_HDRLEN && message->nlmsg_len >= NLMSG_HDRLEN && message->nlmsg_len <= (uint32_t)left;
}

enum answer answer_walk(struct bytes datagram, uint32_t seq, netlink_message_fn *take, void *arg,
                        struct answer_error *ret_error)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)datagram.p;
    int left = (int)datagram.n, r;

    for (; is_whole(message, left); message = mnl_nlmsg_next(message, &left)) {
        if (seq && message->nlmsg_seq != seq)
            continue;
        if (message->nlmsg_type == NLMSG_ERROR)
            return take_error(message, ret_error);
        if (message->nlmsg_type == NLMSG_DONE)
            return take_done(message, ret_error);
        if (message->nlmsg_type < NLMSG_MIN_TYPE)
            continue;
        r = take ? take(message, arg) : 0;
        if (r < 0) {
            *ret_error = (struct answer_error){.error = r, .seq = message->nlmsg_seq};
            return ANSWER_ERROR;
        }
    }
    if (left > 0) {
        *ret_error = (struct answer_error){.error = -EBADMSG};
        return ANSWER_ERROR;
    }
    return ANSWER_MORE;
}
