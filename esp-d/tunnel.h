// A tunnel as esp-d knows it: a name that policies and SAs share, and the SAs that may send for it, newest first.
#ifndef BULKHEAD_ESP_TUNNEL_H
#define BULKHEAD_ESP_TUNNEL_H

#include "esp-d/child.h"
#include "esp-d/retire.h"
#include "lib/core/hmap.h"

// Replaced as a whole, so that workers see one state or the other.
struct tunnel_senders {
    unsigned n;
    struct child *child[];
};

struct tunnel {
    char name[ESP_TUNNEL_NAME_MAX + 1];
    unsigned references;                    // main thread: policies and SAs
    struct tunnel_senders *_Atomic senders; // NULL: none
};

// All tunnels, by name. Thread: main.
struct tunnels {
    struct hmap *by_name;
    struct retire *retire;
};

int tunnels_init(struct tunnels *tunnels, struct retire *retire); // -ENOMEM
void tunnels_done(struct tunnels *tunnels);
// A reference; made when it is new. -EINVAL: name empty or too long; -ENOMEM.
int tunnel_ref(struct tunnels *tunnels, const char *name, struct tunnel **ret_tunnel);
// The last one retires it. NULL is taken.
void tunnel_unref(struct tunnels *tunnels, struct tunnel *tunnel);

// Makes it the newest sender; `replaced` (may be NULL) sends no more. -ENOMEM.
int tunnel_add_sender(struct tunnels *tunnels, struct tunnel *tunnel, struct child *child,
                      const struct child *replaced);
// Not being one is no error. -ENOMEM.
int tunnel_remove_sender(struct tunnels *tunnels, struct tunnel *tunnel, const struct child *child);

// Thread: worker. The newest whose selectors cover the packet; else the oldest that is held; else one at its lifetime,
// whose packets are dropped as such. NULL: none.
struct child *tunnel_select(const struct tunnel *tunnel, const struct flow *flow);

#endif
