#include "ike-d/exch/child_failure.h"

#include "lib/core/log.h"

void child_failure_end_attempt(struct child_slot *slot, const struct tunnel_failure *failure)
{
    child_slot_set_failure(slot, failure);
    failure_record(slot->tunnel, failure);
    child_slot_end_attempt(slot);
}

void child_failure_note(struct child_slot *slot, const struct tunnel_failure *failure)
{
    child_slot_set_failure(slot, failure);
    failure_record(slot->tunnel, failure);
}

void child_failure_of_job(struct ike_sa *sa, struct child_slot *slot, const struct ike_job_result *result,
                          const char *doing)
{
    struct tunnel_failure failure;
    failure_describe_job(sa, result, doing, &failure);
    child_failure_end_attempt(slot, &failure);
}

void child_failure_of_notify(struct ike_sa *sa, struct child_slot *slot, const struct notify_payload *notify,
                             const char *exchange)
{
    struct tunnel_failure failure;
    failure_describe_notify(sa, notify, exchange, &failure);
    child_failure_end_attempt(slot, &failure);
}

bool child_failure_learn_single_pair(struct child_slot *slot, const struct notify_payload *notify)
{
    if (notify->type != NOTIFY_SINGLE_PAIR_REQUIRED || slot->single_pair || slot->config->pairs_n == 1) {
        return false;
    }
    log_info("single_pair_required", LOG_STR("tunnel", slot->tunnel->config->name),
             LOG_STR("child", child_slot_name(slot)));
    slot->single_pair = true;
    slot->takes_more = true;
    return true;
}
