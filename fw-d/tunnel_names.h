// The names of the tunnels that policies belong to, each once, by number.
#ifndef BULKHEAD_FW_TUNNEL_NAMES_H
#define BULKHEAD_FW_TUNNEL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define TUNNEL_NAME_MAX 64

struct tunnel_names {
    char (*names)[TUNNEL_NAME_MAX + 1];
    size_t n;
    size_t size; // allocated
};

void tunnel_names_done(struct tunnel_names *names);
// A name that is the last one already keeps its number: policies come tunnel by tunnel. Numbers begin with 1. -EINVAL:
// too long; -ENOMEM.
int tunnel_names_add(struct tunnel_names *names, const char *name, uint32_t *ret_number);
// "" where the number has none: 0, or the names are not known.
const char *tunnel_names_at(const struct tunnel_names *names, uint32_t number);

#endif
