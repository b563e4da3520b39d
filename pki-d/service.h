// What pki-d answers on its edges: api-d's secrets and bindings, ike-d's questions.
#ifndef BULKHEAD_PKI_SERVICE_H
#define BULKHEAD_PKI_SERVICE_H

#include "lib/daemon/daemon.h"
#include "pki-d/backup.h"
#include "pki-d/bindings.h"
#include "pki-d/sign_account.h"
#include "pki-d/store.h"

// daemon->self of pki-d.
struct service {
    struct store *store;
    struct bindings *bindings;
    bool is_bound; // api-d has told us in this life which tunnel uses which secret
    struct sign_account *account;
    uv_timer_t audit; // of signatures
    uv_timer_t upkeep;
    struct backup backup;
    unsigned tasks; // of pool.h, under way
};

extern const struct ipc_handler service_handlers[];

// Tells ike-d of the tunnels that use this secret or certificate, which has changed, come or gone; NULL: of all.
void service_notify_changed(struct daemon *daemon, const char *name);

#endif
