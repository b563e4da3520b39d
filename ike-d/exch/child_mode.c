#include "ike-d/exch/child_mode.h"

static bool asks_for_transport(const struct message *m)
{
    return message_find_notify(m, NOTIFY_USE_TRANSPORT_MODE) != NULL;
}

static void put(struct message_writer *mw, bool transport)
{
    if (transport) {
        message_put_status(mw, NOTIFY_USE_TRANSPORT_MODE, bytes_of(NULL, 0));
    }
}

void child_mode_put_request(struct message_writer *mw, const struct tunnel *tunnel)
{
    put(mw, tunnel->config->transport);
}

void child_mode_put_answer(struct message_writer *mw, const struct child_sa *child)
{
    put(mw, child->transport);
}

static void say_mismatch(struct tunnel_failure *failure, const char *notify, bool ours_is_transport)
{
    struct comparison *c = &failure->comparison;
    failure_init(failure, notify, TUNNEL_SIDE_LOCAL);
    failure_set_cause(failure, FAILURE_CAUSE_MODE_MISMATCH);
    failure_say(failure, "This tunnel is in %s mode, the peer wants %s mode. Set the same mode on both sides.",
                ours_is_transport ? "transport" : "tunnel", ours_is_transport ? "tunnel" : "transport");
    *c = (struct comparison){.subject = COMPARISON_MODE};
    comparison_add_local(c, "%s", ours_is_transport ? "transport" : "tunnel");
    comparison_add_remote(c, "%s", ours_is_transport ? "tunnel" : "transport");
    comparison_mark(c, 1, 1, "mode: %s here, %s at the peer", ours_is_transport ? "transport" : "tunnel",
                    ours_is_transport ? "tunnel" : "transport");
}

bool child_mode_take_answer(struct child_sa *child, const struct message *m, struct tunnel_failure *ret_failure)
{
    bool wanted = child->sa->tunnel->config->transport;
    child->transport = asks_for_transport(m);
    if (child->transport == wanted) {
        return true;
    }
    say_mismatch(ret_failure, "USE_TRANSPORT_MODE", wanted);
    return false;
}

bool child_mode_choose(struct child_sa *child, const struct message *m, struct tunnel_failure *ret_failure)
{
    bool wanted = child->sa->tunnel->config->transport;
    child->transport = wanted && asks_for_transport(m);
    if (child->transport == wanted) {
        return true;
    }
    say_mismatch(ret_failure, "TS_UNACCEPTABLE", wanted);
    return false;
}

// The one address that a side's selectors have; family 0: several.
static struct address only_address(const struct selector_list *list)
{
    struct address none = {.family = 0};
    for (unsigned i = 0; i < list->n; i++) {
        const struct range *range = &list->s[i].range;
        if (!address_equal(&range->start, &range->end) || !address_equal(&range->start, &list->s[0].range.start)) {
            return none;
        }
    }
    return list->n ? list->s[0].range.start : none;
}

// What was written there, when it is another address; family 0 else.
static struct address substitute(struct selector_list *list, const struct address *seen)
{
    struct address none = {.family = 0};
    struct address written = only_address(list);
    if (written.family != seen->family || address_equal(&written, seen)) {
        return none;
    }
    for (unsigned i = 0; i < list->n; i++) {
        list->s[i].range = (struct range){.start = *seen, .end = *seen};
    }
    return written;
}

void child_mode_see_through_nat(struct child_sa *child, struct selector_sides *sides)
{
    const struct ike_sa *sa = child->sa;
    if (child->transport && sa->esp.local_nat) {
        child->original_local = substitute(&sides->local, &sa->local.address);
    }
    if (child->transport && sa->esp.remote_nat) {
        child->original_remote = substitute(&sides->remote, &sa->remote.address);
    }
}
