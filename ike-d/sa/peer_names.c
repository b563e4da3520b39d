#include "ike-d/sa/peer_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct peer_names *peer_names_new(unsigned max)
{
    struct peer_names *names = calloc(1, sizeof(*names));
    if (!names) {
        return NULL;
    }
    names->list = calloc(max + 1u, sizeof(*names->list));
    if (!names->list) {
        free(names);
        return NULL;
    }
    return names;
}

void peer_names_free(struct peer_names *names)
{
    if (!names) {
        return;
    }
    for (unsigned i = 0; i < names->n; i++) {
        free(names->list[i].text);
        free(names->list[i].addresses);
    }
    free(names->list);
    free(names);
}

void peer_names_stop(struct peer_names *names, struct deadline_heap *deadlines, struct ike_jobs *jobs)
{
    if (!names) {
        return;
    }
    deadline_done(deadlines, &names->refresh);
    for (unsigned i = 0; i < names->n; i++) {
        ike_job_cancel(jobs, names->list[i].job);
    }
}

int peer_names_add(struct peer_names *names, const char *text)
{
    char *copy = strdup(text);
    if (!copy) {
        return -ENOMEM;
    }
    names->list[names->n++].text = copy;
    return 0;
}

unsigned peer_names_count(const struct peer_names *names)
{
    unsigned n = 0;
    for (unsigned i = 0; names && i < names->n; i++) {
        n += names->list[i].n;
    }
    return n;
}

const struct address *peer_names_address(const struct peer_names *names, unsigned i)
{
    for (unsigned k = 0; k < names->n; k++) {
        if (i < names->list[k].n) {
            return &names->list[k].addresses[i];
        }
        i -= names->list[k].n;
    }
    return NULL;
}

bool peer_names_have(const struct peer_names *names, const struct address *address)
{
    for (unsigned i = 0; i < peer_names_count(names); i++) {
        if (address_equal(peer_names_address(names, i), address)) {
            return true;
        }
    }
    return false;
}

static bool is_same(const struct peer_name *name, const struct address *addresses, unsigned n)
{
    if (name->n != n) {
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        if (!address_equal(&name->addresses[i], &addresses[i])) {
            return false;
        }
    }
    return true;
}

int peer_name_set(struct peer_name *name, const struct address *addresses, unsigned n)
{
    if (is_same(name, addresses, n)) {
        return 0;
    }
    struct address *copy = calloc(n + 1u, sizeof(*copy));
    if (!copy) {
        return -ENOMEM;
    }
    if (n) { // who has none to tell may have no list either
        memcpy(copy, addresses, n * sizeof(*copy));
    }
    free(name->addresses);
    name->addresses = copy;
    name->n = n;
    return 1;
}
