// The life of every daemon, in the one order that design and sandbox need: options -> privileged set-up -> drop ->
// edges -> Landlock -> seccomp -> start -> ready -> loop -> stop. Each step is fatal if it fails, with one line that
// says why.
#ifndef BULKHEAD_DAEMON_DAEMON_H
#define BULKHEAD_DAEMON_DAEMON_H

#include <uv.h>

#include "lib/ipc/node.h"
#include "lib/net/address.h"
#include "lib/priv/roles.h"
#include "lib/priv/sandbox.h"

// Options that all daemons take: --run DIR, --state DIR, --tun NAME, --uid-base N, --log-level LEVEL (error, warning,
// notice, info or debug), --log-format text|json, --allow-no-landlock, --seccomp kill|trap; api-d also --config FILE,
// esp-d also --workers N, fw-d also --release, the courier and fw-d --pki-http [ADDRESS]:PORT.
// Of --pki-http, which may be given twice, and without an address means two.
#define PKI_HTTP_MAX 4

struct daemon_options {
    const char *run_dir;                    // default /run/bulkhead
    const char *state_dir;                  // default /var/lib/bulkhead; the daemon's own part is STATE/<role>
    const char *tun;                        // default TUN_NAME_DEFAULT
    const char *config;                     // api-d; may be NULL
    unsigned workers;                       // esp-d; 0: one a core
    struct endpoint pki_http[PKI_HTTP_MAX]; // courier, fw-d: where CRLs and OCSP are served
    unsigned pki_http_n;
    bool release; // fw-d: remove everything and exit
    bool allow_no_landlock;
    enum seccomp_violation violation;
};

struct daemon {
    const struct daemon_options *options;
    const struct role_spec *role;
    uv_loop_t *loop;
    struct ipc_node *node;
    char state_dir[4096]; // STATE/<role>, owned by the role, mode 0700; made when missing
    void *self;           // the daemon's own state, from the spec
};

struct daemon_spec {
    enum role role;
    void *self;                                // given to all callbacks as daemon->self
    const struct ipc_handler *handlers;        // arg: the struct daemon
    const struct seccomp_rule *const *seccomp; // themes, NULL at the end
    bool connects_tcp;                         // to anywhere, which Landlock forbids else
    bool returns_heap; // what it frees goes back to the system (heap_return.h): much comes and goes in one thread
    // As root, before anything is given up: open and bind descriptors, load what would be loaded later. May be NULL.
    int (*open)(struct daemon *daemon);
    // Fills in what stays reachable (at most 8, NULL path at the end). NULL: nothing.
    void (*landlock)(struct daemon *daemon, struct landlock_rule *ret_rules);
    // In the sandbox, the node listens and links already. 0 or -errno (fatal).
    int (*start)(struct daemon *daemon);
    // A link came up or went down. May be NULL.
    void (*on_peer)(struct daemon *daemon, enum role role, bool up);
    // SIGTERM or SIGINT: close own handles. The loop ends when all are closed (or after 2 s). May be NULL.
    void (*stop)(struct daemon *daemon);
};

// Of a recycled role, when it has worked enough and nothing is under way: says goodbye on all edges, so that calls that
// cross it go to the successor, and ends with status 0. More calls of it do nothing.
void daemon_recycle(struct daemon *daemon);
// Of a recycled role that has worked enough while something is under way: what comes from now on is left to the
// successor, and after 1 s at the latest the rest as well, so that nobody keeps this process alive by asking without a
// pause.
void daemon_retire(struct daemon *daemon);

// The whole of main(). Returns the exit status.
int daemon_main(const struct daemon_spec *spec, int argc, char **argv);

#endif
