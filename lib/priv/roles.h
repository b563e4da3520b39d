// The compartments: which role has which user, capabilities and edges. One table, which the launcher, every daemon's
// start and the tests read.
#ifndef BULKHEAD_PRIV_ROLES_H
#define BULKHEAD_PRIV_ROLES_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/ipc/method.h"

struct role_spec {
    enum role role;
    const char *name;      // "ike-d", also the program's name
    const char *user;      // "bulkhead-ike"; where there is no such user, uid_base + role
    uint64_t capabilities; // bits kept after start
    uint32_t serves;       // ROLE_BITs that may connect to its socket
    uint32_t links;        // ROLE_BITs that it connects to
    const char *sockets;   // for people: which socket families it may make after start
    // It ends by itself, with status 0, after some work, so that what strangers did to it ends, too; a fresh one comes
    // at once.
    bool is_recycled;
};

// Without users of our own in /etc/passwd, uids are this number plus the role.
#define ROLE_UID_BASE_DEFAULT 59300u

const struct role_spec *role_find(enum role role);
const struct role_spec *role_find_by_name(const char *name); // NULL
const char *role_name(enum role role);
// Resolves the users once, before the sandbox; later calls of role_uid don't touch files. 0 or -errno.
int roles_resolve(uid_t uid_base);
// ROLE_BITs of those that are recycled.
uint32_t roles_recycled(void);
uid_t role_uid(enum role role);
gid_t role_gid(enum role role);

// One socket a pair of roles.
struct role_edge {
    enum role server, caller;
};
// RUN/<server>/<caller>.sock into out; -ENAMETOOLONG.
int role_socket_path(const char *run_dir, const struct role_edge *edge, char *out, size_t out_size);

// The permission table of all edges (lib/priv/methods.c).
extern const struct ipc_method ipc_methods[];

#endif
