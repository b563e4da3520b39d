// Questions to name servers (RFC 1034), by c-ares over sockets of its own on our loop. Which servers there are is read
// from /etc/resolv.conf before the sandbox.
#ifndef BULKHEAD_API_COURIER_RESOLVER_H
#define BULKHEAD_API_COURIER_RESOLVER_H

#include <uv.h>

#include "api-d/courier/courier_limits.h"
#include "lib/net/address.h"

struct resolver;

struct resolver_answer {
    const char *error;                                    // static, for people; NULL: none
    bool is_missing;                                      // the name servers say that there is none
    struct address addresses[COURIER_NAME_ADDRESSES_MAX]; // in the order to be tried (RFC 6724)
    unsigned n;
    uint32_t ttl_s;
};

// Called once, perhaps before resolver_ask returns; also when the resolver is freed.
typedef void resolver_answered_fn(void *arg, const struct resolver_answer *answer);

// With privileges: reads the system's configuration, and how queries get their random ids. NULL: it can't be read.
struct resolver *resolver_open(void);
// Reads them in the loop from now on.
int resolver_start(struct resolver *resolver, uv_loop_t *loop);
void resolver_ask(struct resolver *resolver, const char *name, resolver_answered_fn *on_answered, void *arg);
// Ends all questions. Its memory goes when the loop has closed its handles. NULL is taken.
void resolver_free(struct resolver *resolver);

#endif
