#include "ike-d/sa/child_sa.h"

#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

struct child_sa *child_sa_new(struct ike_sa *sa)
{
    struct child_sa *child = calloc(1, sizeof(*child));
    if (child) {
        child->sa = sa;
        child->state = CHILD_SA_STATE_NEGOTIATING;
    }
    return child;
}

static void unlink_child(struct child_sa *child)
{
    for (struct child_sa **at = &child->sa->children; *at; at = &(*at)->next) {
        if (*at == child) {
            *at = child->next;
            return;
        }
    }
}

static struct bytes key_of(const uint32_t *spi_in)
{
    return bytes_of(spi_in, sizeof(*spi_in));
}

struct child_sa *child_sa_find(const struct ike_core *core, uint32_t spi_in)
{
    return hmap_find(core->child_by_spi_in, key_of(&spi_in));
}

// An SPI may come again from an esp-d that has died meanwhile: it is the younger one's.
static void index_child(struct child_sa *child)
{
    struct hmap *map = child->sa->core->child_by_spi_in;
    (void)hmap_remove(map, key_of(&child->spi_in));
    int error = hmap_put(map, key_of(&child->spi_in), child);
    if (error < 0) { // what esp-d tells of it is not heard; its own deadlines are
        log_error("child_sa_not_indexed", LOG_HEX32("spi_in", child->spi_in), LOG_ERRNO(error));
    }
}

static void unindex_child(const struct child_sa *child)
{
    if (child_sa_find(child->sa->core, child->spi_in) == child) {
        (void)hmap_remove(child->sa->core->child_by_spi_in, key_of(&child->spi_in));
    }
}

void child_sa_silence(struct child_sa *child)
{
    const struct ike_env *env = child->sa->core->env;
    if (child->installed) {
        env->esp_retire(env->arg, child->spi_in, IKE_DELETING_RECEIVES_MS);
    }
}

void child_sa_uninstall(struct child_sa *child)
{
    if (!child->installed) {
        return;
    }
    child->installed = false;
    const struct ike_env *env = child->sa->core->env;
    if (child->has_successor) {
        env->esp_retire(env->arg, child->spi_in, IKE_REPLACED_RECEIVES_MS);
    } else {
        env->esp_delete(env->arg, child->spi_in);
    }
}

void child_sa_free(struct child_sa *child)
{
    if (!child) {
        return;
    }
    child_sa_uninstall(child);
    if (child->state != CHILD_SA_STATE_NEGOTIATING) {
        child_sa_set_state(child, CHILD_SA_STATE_DEAD);
    }
    unlink_child(child);
    unindex_child(child);
    deadline_done(&child->sa->core->deadlines, &child->again);
    kept_sides_drop(&child->sides);
    deadline_done(&child->sa->core->deadlines, &child->life);
    free(child);
}

void child_sa_link(struct child_sa *child)
{
    child->next = child->sa->children;
    child->sa->children = child;
    index_child(child);
}

const char *child_sa_state_name(enum child_sa_state state)
{
    static const char *const names[] = {
        [CHILD_SA_STATE_NEGOTIATING] = "negotiating",
        [CHILD_SA_STATE_INSTALLING] = "installing",
        [CHILD_SA_STATE_ESTABLISHED] = "established",
        [CHILD_SA_STATE_LOST] = "lost",
        [CHILD_SA_STATE_REKEYED] = "rekeyed",
        [CHILD_SA_STATE_DELETING] = "deleting",
        [CHILD_SA_STATE_DEAD] = "dead",
    };
    return names[state];
}

void child_sa_set_state(struct child_sa *child, enum child_sa_state state)
{
    if (child->state == state) {
        return;
    }
    const struct tunnel *tunnel = child->sa->tunnel;
    log_info("child_sa_state", LOG_STR("tunnel", tunnel ? tunnel->config->name : ""),
             LOG_HEX32("spi_in", child->spi_in), LOG_HEX32("spi_out", child->spi_out),
             LOG_STR("old", child_sa_state_name(child->state)), LOG_STR("new", child_sa_state_name(state)));
    child->state = state;
}

struct child_sa *child_sa_find_in(const struct ike_sa *sa, uint32_t spi_in)
{
    for (struct child_sa *child = sa->children; child; child = child->next) {
        if (child->spi_in == spi_in) {
            return child;
        }
    }
    return NULL;
}

struct child_sa *child_sa_find_out(const struct ike_sa *sa, uint32_t spi_out)
{
    for (struct child_sa *child = sa->children; child; child = child->next) {
        if (child->spi_out == spi_out) {
            return child;
        }
    }
    return NULL;
}

struct child_sa *child_sa_find_state(const struct ike_sa *sa, enum child_sa_state state)
{
    for (struct child_sa *child = sa->children; child; child = child->next) {
        if (child->state == state) {
            return child;
        }
    }
    return NULL;
}

unsigned child_sa_count(const struct ike_sa *sa)
{
    unsigned n = 0;
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        n++;
    }
    return n;
}

bool child_sa_is_at_limit(const struct ike_sa *sa)
{
    unsigned limit = IKE_CHILDREN_SPARE + 2 * sa->tunnel->config->protected_n;
    return child_sa_count(sa) >= (limit < IKE_CHILDREN_MAX ? limit : IKE_CHILDREN_MAX);
}

bool child_sa_is_lower(const struct child_sa *a, const struct child_sa *b)
{
    return memcmp(a->nonce_min, b->nonce_min, sizeof(a->nonce_min)) < 0;
}
