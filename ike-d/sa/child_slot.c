#include "ike-d/sa/child_slot.h"

#include <errno.h>
#include <stdlib.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

int child_slot_new_all(struct tunnel *tunnel, void (*on_retry)(void *slot))
{
    const struct tunnel_config *config = tunnel->config;
    tunnel->slots = config->children_n ? calloc(config->children_n, sizeof(*tunnel->slots)) : NULL;
    if (config->children_n && !tunnel->slots) {
        return -ENOMEM;
    }
    for (unsigned i = 0; i < config->children_n; i++) {
        struct child_slot *slot = &tunnel->slots[i];
        *slot = (struct child_slot){
            .tunnel = tunnel, .config = &config->children[i], .since_s = ike_core_wall_s(tunnel->core)};
        if (deadline_init(&tunnel->core->deadlines, &slot->retry, on_retry, slot) < 0) {
            child_slot_free_all(tunnel);
            return -ENOMEM;
        }
        tunnel->slots_n++;
    }
    return 0;
}

void child_slot_free_all(struct tunnel *tunnel)
{
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        struct child_slot *slot = &tunnel->slots[i];
        deadline_done(&tunnel->core->deadlines, &slot->retry);
        free(slot->failure);
        free(slot->packet);
    }
    free(tunnel->slots);
    tunnel->slots = NULL;
    tunnel->slots_n = 0;
}

const char *child_slot_name(const struct child_slot *slot)
{
    return slot->config->shared ? "shared" : slot->config->name;
}

static const char *state_name(enum child_slot_state state)
{
    static const char *const names[] = {
        [CHILD_SLOT_DOWN] = "down",
        [CHILD_SLOT_CONNECTING] = "connecting",
        [CHILD_SLOT_UP] = "up",
        [CHILD_SLOT_WAITING] = "waiting",
    };
    return names[state];
}

void child_slot_set_state(struct child_slot *slot, enum child_slot_state state)
{
    if (slot->state == state) {
        return;
    }
    log_info("child_slot_state", LOG_STR("tunnel", slot->tunnel->config->name), LOG_STR("child", child_slot_name(slot)),
             LOG_UINT("number", slot->config->number), LOG_STR("old", state_name(slot->state)),
             LOG_STR("new", state_name(state)));
    slot->state = state;
    slot->since_s = ike_core_wall_s(slot->tunnel->core);
}

void child_slot_set_failure(struct child_slot *slot, const struct tunnel_failure *failure)
{
    if (!slot->failure) {
        slot->failure = malloc(sizeof(*slot->failure));
    }
    if (slot->failure) {
        *slot->failure = *failure;
        slot->failure->time_s = ike_core_wall_s(slot->tunnel->core);
    }
}

void child_slot_clear(struct child_slot *slot)
{
    child_slot_clear_retry(slot);
    slot->attempts = 0;
    slot->wanted = false;
    slot->due = false;
    free(slot->failure);
    slot->failure = NULL;
    child_slot_drop_packet(slot);
}

void child_slot_drop_packet(struct child_slot *slot)
{
    free(slot->packet);
    slot->packet = NULL;
}

void child_slot_plan_retry(struct child_slot *slot)
{
    struct ike_core *core = slot->tunnel->core;
    uint64_t wait_ms = tunnel_retry_wait_ms(core, slot->attempts++);
    slot->next_try_s = ike_core_wall_s(core) + (wait_ms + 999) / 1000;
    deadline_set(&core->deadlines, &slot->retry, ike_core_now_ms(core) + wait_ms);
}

void child_slot_clear_retry(struct child_slot *slot)
{
    slot->next_try_s = 0;
    deadline_clear(&slot->tunnel->core->deadlines, &slot->retry);
}

bool child_slot_wants_up(const struct child_slot *slot)
{
    return tunnel_wants_up(slot->tunnel) && (slot->wanted || tunnel_wants_all(slot->tunnel));
}

void child_slot_end_attempt(struct child_slot *slot)
{
    struct tunnel *tunnel = slot->tunnel;
    slot->wanted = false;
    slot->due = false;
    child_slot_drop_packet(slot);
    tunnel->wanted = false;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        tunnel->wanted = tunnel->wanted || tunnel->slots[i].wanted;
    }
    if (child_slot_wants_up(slot) || slot->standing) { // a packet's pair is not asked for again at once, either
        child_slot_plan_retry(slot);
    }
    tunnel->attempt_over = true;
}

struct child_slot *child_slot_find(const struct tunnel *tunnel, const struct selector_pair *packet)
{
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        const struct child_config *config = tunnel->slots[i].config;
        for (unsigned j = 0; j < config->pairs_n; j++) {
            if (selector_covers(&config->pairs[j].local, &packet->local) &&
                selector_covers(&config->pairs[j].remote, &packet->remote)) {
                return &tunnel->slots[i];
            }
        }
    }
    return NULL;
}

void child_slot_want(struct child_slot *slot, const struct selector_pair *packet)
{
    slot->wanted = true;
    if (!slot->packet) {
        slot->packet = malloc(sizeof(*slot->packet));
    }
    if (slot->packet) {
        *slot->packet = *packet;
    }
}

// What a packet waits for comes before what an operator or the configuration asks for.
static int urgency(const struct child_slot *slot)
{
    if (slot->making || deadline_is_set(&slot->retry)) {
        return 0;
    }
    return slot->wanted && slot->packet ? 3 : slot->wanted ? 2 : 1;
}

struct child_slot *child_slot_first(const struct tunnel *tunnel)
{
    struct child_slot *best = tunnel->slots;
    for (unsigned i = 1; i < tunnel->slots_n; i++) {
        best = urgency(&tunnel->slots[i]) > urgency(best) ? &tunnel->slots[i] : best;
    }
    return best;
}

struct child_slot *child_slot_next_due(const struct tunnel *tunnel)
{
    struct child_slot *best = NULL;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        struct child_slot *slot = &tunnel->slots[i];
        if (slot->due && (!best || urgency(slot) > urgency(best))) {
            best = slot;
        }
    }
    return best;
}
