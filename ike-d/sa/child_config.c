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

// How many selectors a side has, each counted once.
static unsigned count(const struct child_config *child, bool local)
{
    unsigned n = 0;
    for (unsigned i = 0; i < child->pairs_n; i++) {
        const struct selector *s = local ? &child->pairs[i].local : &child->pairs[i].remote;
        bool known = false;
        for (unsigned j = 0; j < i && !known; j++) {
            known = selector_equal(local ? &child->pairs[j].local : &child->pairs[j].remote, s);
        }
        n += !known;
    }
    return n;
}

static bool is_full(const struct child_config *child)
{
    return child->pairs_n >= SELECTORS_MAX &&
           (count(child, true) >= SELECTORS_MAX || count(child, false) >= SELECTORS_MAX);
}

int child_config_add(struct tunnel_config *config, const struct selector_pair *pair, const char *name)
{
    struct child_config *child = name ? NULL : find_shared(config);
    if (!child || is_full(child)) {
        if (config->children_n == IKE_CHILD_SLOTS_MAX) {
            return -E2BIG;
        }
        child = add_child(config, name);
    }
    struct selector_pair *pairs = child ? realloc(child->pairs, (child->pairs_n + 1) * sizeof(*pairs)) : NULL;
    if (!pairs) {
        return -ENOMEM;
    }
    child->pairs = pairs;
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
