// One configured tunnel at run time: its state, why it last failed, when it is tried again, and the IKE SAs that serve
// it. This file changes and reports state; what to do about it is exch/tunnel_driver.h's.
#ifndef BULKHEAD_IKE_SA_TUNNEL_H
#define BULKHEAD_IKE_SA_TUNNEL_H

#include "ike-d/sa/child_slot.h"
#include "ike-d/sa/deadline.h"
#include "ike-d/sa/start_queue.h"
#include "ike-d/sa/tunnel_config.h"
#include "ike-d/sa/tunnel_failure.h"

struct ike_core;
struct ike_sa;
struct key_log;

enum tunnel_state {
    TUNNEL_STATE_DOWN,
    TUNNEL_STATE_CONNECTING,
    TUNNEL_STATE_UP,
    TUNNEL_STATE_WAITING,
    TUNNEL_STATE_NEEDS_SECRET,
    TUNNEL_STATE_PARTIAL, // some of the CHILD_SAs that are wanted stand
};

// ESP SAs that an earlier ike-d left in esp-d: they carry traffic until a new CHILD_SA stands.
struct tunnel_orphan {
    uint32_t spi_in;
    struct tunnel_orphan *next;
};

struct tunnel {
    struct ike_core *core;
    struct tunnel_config *config;
    struct tunnel *next;  // in configured order
    struct tunnel **link; // what leads to it, among the old ones while a configuration is taken on; else NULL
    enum tunnel_state state;
    enum tunnel_start start_now;    // as configured, or what peer_loss.h makes of it until it is up again
    uint64_t since_s;               // Unix time
    struct tunnel_failure *failure; // NULL: the last attempt went well; a few kB
    struct deadline retry;
    struct start_ticket start;
    uint64_t next_try_s;             // Unix time; 0: none is planned
    unsigned attempts;               // that failed in a row
    bool held_down;                  // by the operator, until `up`
    bool wanted;                     // somebody asked for it: `up` or a packet
    bool attempt_over;               // who waits for its end is to be told
    bool needs_secret;               // pki-d has no secret or certificate of the name it uses
    bool without_natt_port;          // UDP port 4500 got no answer in this attempt, or in the one that it stands by
    enum vendor vendor;              // what the peer was when it was last heard
    unsigned turn;                   // which of the peer's addresses is called in this attempt
    bool other_secret;               // the other one of two is in use, as far as is known
    bool secret_known;               // ... and the peer has proved itself by it
    bool secret_retried;             // in this attempt, after the first was refused
    struct kept_message authorities; // hashes of those that its peer's certificate may come from (RFC 7296 3.7)
    bool authorities_known;
    struct ike_sa *sas; // all IKE SAs of this tunnel, by ike_sa.tunnel_next
    struct tunnel_orphan *orphans;
    struct key_log *key_log;  // NULL: off, as nearly always
    struct child_slot *slots; // one for each of config->children
    unsigned slots_n;
};

// Takes the configuration. NULL without memory (the configuration then stays the caller's).
struct tunnel *tunnel_new(struct ike_core *core, struct tunnel_config *config, void (*on_retry)(void *arg));
// No IKE SA may name it any more.
void tunnel_free(struct tunnel *tunnel);

// The one place where the state changes; logs old -> new, and tells the environment.
void tunnel_set_state(struct tunnel *tunnel, enum tunnel_state state);
const char *tunnel_state_name(enum tunnel_state state);

// Records a copy of a failure, logs it and raises it as an event.
void tunnel_set_failure(struct tunnel *tunnel, const struct tunnel_failure *failure);
void tunnel_clear_failure(struct tunnel *tunnel);
// A CHILD_SA stands: the failure is history, unless another CHILD_SA still has one.
void tunnel_clear_old_failure(struct tunnel *tunnel);
// An attempt of ours has failed: plans the next one if there is to be one, and tells who waits.
void tunnel_end_attempt(struct tunnel *tunnel);

// Plans the next attempt with back-off and a quarter of jitter.
void tunnel_plan_retry(struct tunnel *tunnel);
void tunnel_plan_retry_at(struct tunnel *tunnel, uint64_t after_ms);
void tunnel_clear_retry(struct tunnel *tunnel);
// How long to wait after so many failures in a row.
uint64_t tunnel_retry_wait_ms(const struct ike_core *core, unsigned attempts);

// Should this gateway bring it up by itself now?
bool tunnel_wants_up(const struct tunnel *tunnel);
// All its CHILD_SAs, not only those that somebody asked for?
bool tunnel_wants_all(const struct tunnel *tunnel);
// Does any of its CHILD_SAs stand?
static inline bool tunnel_carries(const struct tunnel *tunnel)
{
    return tunnel->state == TUNNEL_STATE_UP || tunnel->state == TUNNEL_STATE_PARTIAL;
}

int tunnel_add_orphan(struct tunnel *tunnel, uint32_t spi_in); // -ENOMEM
void tunnel_orphan_free(struct tunnel_orphan *orphan);

#endif
