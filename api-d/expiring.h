// Certificates that end soon, or have: an event when one comes near its end, and a line in the system's status. Asks
// pki-d once an hour, and again when it comes back.
#ifndef BULKHEAD_API_EXPIRING_H
#define BULKHEAD_API_EXPIRING_H

#include <stdbool.h>
#include <uv.h>

#include "api-d/events.h"
#include "bulkhead/v1/certificate_service.pb-c.h"
#include "lib/ipc/node.h"

// From here on a certificate is worth a word.
#define EXPIRING_DAYS 30u
// Of one answer.
#define EXPIRING_MAX 100u

// Asks pki-d for them, those behind page_token (NULL: the first).
void expiring_ask(struct ipc_node *node, uint32_t deadline_ms, const char *page_token, ipc_result_fn *on_answer,
                  void *arg);
// What is in the answer, lent as that is; NULL when there is none.
const Bulkhead__V1__ListCertificatesResponse *expiring_answer(const struct ipc_result *result);
// Valid until soon, or expired; a revoked one is not waited for.
bool expiring_concerns(const Bulkhead__V1__Certificate *certificate);
// "certificate vpn.example expires in 5 days (on 2026-12-01); bhctl pki cert renew vpn.example". Returns out.
char *expiring_describe(const Bulkhead__V1__Certificate *certificate, char *out, size_t size);

// What was told of it already.
struct expiring_told {
    char serial[48];
    unsigned stage; // how many of the thresholds it has passed
};

struct expiring_list {
    struct expiring_told *told;
    size_t n;
};

struct expiring {
    struct ipc_node *node;
    struct events *events;
    uv_timer_t timer;
    bool started;
    bool asking;               // and not answered yet
    struct expiring_list last; // of the last look through all of them
    struct expiring_list now;  // of the pages so far of the one under way
};

// Node and events are lent; must stay where it is.
void expiring_start(struct expiring *expiring, struct ipc_node *node, struct events *events, uv_loop_t *loop);
void expiring_on_peer(struct expiring *expiring, enum role role, bool up);
void expiring_stop(struct expiring *expiring);

#endif
