#include "ike-d/sa/child_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/tunnel_config.h"

// A packet's own selectors come before those of the policies (RFC 7296 2.9).
#define SELECTORS_MAX (WIRE_SELECTORS_MAX - 1)

static struct child_config *find_shared(struct tunnel_config *config)
{
    for (unsigned i = config->children_n; i > 0; i--) {
        if (config->children[i - 1].shared) {
            return &config->children[i - 1];
        }
    }
    return NULL;
}

static struct child_config *add_child(struct tunnel_config *config, const char *name)
{
    struct child_config *children = realloc(config->children, (config->children_n + 1) * sizeof(*children));
    if (!children) {
        return NULL;
    }
    config->children = children;
    bool first_shared = !name && !find_shared(config);
    struct child_config *child = &children[config->children_n];
    *child = (struct child_config){.shared = !name, .number = first_shared ? 0 : ++config->last_child_number};
    (void)snprintf(child->name, sizeof(child->name), "%s", name ? name : "");
    config->children_n++;
    return child;
}

static bool has(const struct child_config *child, const struct selector *s, bool local)
{
    for (unsigned i = 0; i < child->pairs_n; i++) {
        if (selector_equal(local ? &child->pairs[i].local : &child->pairs[i].remote, s)) {
            return true;
        }
    }
    return false;
}

// Counts each selector of a side once.
static bool make_room(struct child_config *child, const struct selector_pair *pair)
{
    unsigned local_n = child->local_n + !has(child, &pair->local, true);
    unsigned remote_n = child->remote_n + !has(child, &pair->remote, false);
    if (local_n > SELECTORS_MAX || remote_n > SELECTORS_MAX) {
        return false;
    }
    child->local_n = local_n;
    child->remote_n = remote_n;
    return true;
}

// To the next power of two.
static int grow(struct child_config *child)
{
    if (child->pairs_n & (child->pairs_n - 1)) {
        return 0;
    }
    size_t n = child->pairs_n ? 2u * child->pairs_n : 1;
    struct selector_pair *pairs = realloc(child->pairs, n * sizeof(*pairs));
    if (!pairs) {
        return -ENOMEM;
    }
    child->pairs = pairs;
    return 0;
}

int child_config_add(struct tunnel_config *config, const struct selector_pair *pair, const char *name)
{
    struct child_config *child = name ? NULL : find_shared(config);
    if (!child || !make_room(child, pair)) {
        if (config->children_n == IKE_CHILD_SLOTS_MAX) {
            return -E2BIG;
        }
        child = add_child(config, name);
        if (child) {
            (void)make_room(child, pair);
        }
    }
    if (!child || grow(child) < 0) {
        return -ENOMEM;
    }
    child->pairs[child->pairs_n++] = *pair;
    return 0;
}

void child_config_free_all(struct tunnel_config *config)
{
    for (unsigned i = 0; i < config->children_n; i++) {
        free(config->children[i].pairs);
    }
    free(config->children);
    config->children = NULL;
    config->children_n = 0;
}
