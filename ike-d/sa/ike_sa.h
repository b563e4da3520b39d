// An IKE SA (RFC 7296 1.2, 2.1-2.3): who speaks with whom, under which keys, and where both message windows of size one
// stand. What an exchange means is exch/'s.
#ifndef BULKHEAD_IKE_SA_IKE_SA_H
#define BULKHEAD_IKE_SA_IKE_SA_H

#include "ike-d/key/sk.h"
#include "ike-d/sa/child_sa.h"
#include "ike-d/sa/credential.h"
#include "ike-d/sa/deadline.h"
#include "ike-d/sa/encapsulation.h"
#include "ike-d/sa/ike_features.h"
#include "ike-d/sa/ike_job.h"
#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/kept.h"
#include "ike-d/sa/mobike.h"
#include "ike-d/sa/peer_certificate.h"
#include "ike-d/sa/reassembly.h"
#include "ike-d/sa/lifetime.h"

struct collision;
struct ike_core;
struct ike_sa;
struct received;
struct tunnel;

enum ike_sa_state {
    IKE_SA_STATE_INIT,           // IKE_SA_INIT under way
    IKE_SA_STATE_AUTHENTICATING, // keys stand, IKE_AUTH is due or under way
    IKE_SA_STATE_ESTABLISHED,
    IKE_SA_STATE_DELETING,  // our DELETE is on its way
    IKE_SA_STATE_LINGERING, // refused or deleted by the peer: answers retransmissions for a while
    IKE_SA_STATE_DEAD,      // in no table any more, freed soon
};

// One exchange under way; specific ones have it as their first member. At most one of ours and one of the peer's.
struct exchange {
    struct ike_sa *sa;
    struct exchange *grave_next;
    uint64_t job;                // that it waits for; 0: none
    bool answered;               // the answer to our request has come, and is being worked on
    struct collision *collision; // of our CREATE_CHILD_SA, a part of it; else NULL
    // The answer to our request. Keeps it by setting it to NULL, else it stays the caller's. NULL in exchanges of the
    // peer.
    void (*on_response)(struct exchange *x, struct received **response);
    void (*destroy)(struct exchange *x); // frees what it has and itself
};

// Our request that is not answered yet (RFC 7296 2.1).
struct ike_request {
    struct kept_message message; // as it went out; p NULL: nothing is outstanding
    uint32_t message_id;
    uint8_t exchange;
    unsigned sends;
    uint64_t wait_ms;
    struct deadline retransmit;
};

// Our answer to the peer's last request, for its retransmissions.
struct ike_answer {
    struct kept_message message; // p NULL: the request is still being worked on, or there was none
    uint32_t message_id;
    bool any;         // a request was seen
    uint8_t repeats;  // how often the request came again
    size_t request_n; // length and end of the request, by which a retransmission is known
    uint8_t request_end[16];
};

struct ike_nonce {
    uint16_t n;
    uint8_t b[IKE_NONCE_MAX_BYTES];
};

// The keys of AUTH (RFC 7296 2.15).
struct ike_auth_keys {
    struct secret_key sk_pi;
    struct secret_key sk_pr;
};

struct ike_sa {
    struct ike_core *core;
    struct start_peer *start_peer; // while it counts as young, start_queue.h
    struct tunnel *tunnel;         // NULL: a responder before IKE_AUTH
    struct ike_sa *tunnel_next;
    struct ike_sa *grave_next;
    struct ike_sa *pair_next; // between the same identities (identity_pairs.h)
    struct ike_sa *pair_previous;
    bool paired;
    enum ike_sa_state state;
    bool initiator;             // of IKE_SA_INIT, or of the rekey that made it
    bool half_open;             // counted as such (RFC 7296 2.6)
    struct endpoint first_from; // a responder: where the first message came from
    uint64_t spi_i;
    uint64_t spi_r;
    struct endpoint local; // where we send from and to now
    struct endpoint remote;
    struct encapsulation esp; // how ESP goes, and where NATs stand
    struct ike_features own_features;
    struct ike_features peer_features;
    uint16_t packet_bytes; // IP packets with our fragments are at most so long; 0: IKE_PACKET_BYTES
    uint8_t vendor;        // enum vendor: what the peer is

    struct kept_proposal chosen;
    struct ike_suite suite;
    bool has_keys;
    struct sk sk;
    struct secret_key *sk_d;         // it and the next are in secret memory, NULL without keys
    struct ike_auth_keys *auth_keys; // until it is established, too
    struct kept_message nonce_i;     // these four until it is established
    struct kept_message nonce_r;
    struct kept_message own_first; // IKE_SA_INIT as sent and as received (RFC 7296 2.15)
    struct kept_message peer_first;
    struct kept_identity local_id;
    struct kept_identity remote_id;
    uint8_t own_hashes;            // of signatures, that we have announced (RFC 7427 4): 1 << enum signature_hash
    uint8_t peer_hashes;           // ... and the peer
    struct credential *credential; // ours, until it is established; NULL: none
    struct peer_certificate *peer_certificate; // by which the peer has proved who it is; NULL: by no certificate
    bool initial_contact;                      // the peer said so
    uint64_t order;             // of what came: the first message of the peer's SA, the IKE_AUTH answer of ours
    bool replaced;              // another one has its place: it is deleted soon
    uint64_t replaces;          // our SPI of the IKE SA that this one is made in place of; 0: none
    uint32_t auth_lifetime_s;   // the peer's AUTH_LIFETIME (RFC 4478); 0: none
    uint32_t told_addresses;    // version of own_addresses that the peer was told
    uint64_t reauthenticate_ms; // 0: never
    struct deadline renewal;    // its authentication is due again, or its end
    bool other_secret;          // our AUTH is made with the tunnel's other secret

    uint32_t next_request_id;  // of our requests
    uint32_t next_expected_id; // of the peer's
    struct ike_request request;
    struct ike_answer answer;
    struct reassembly *incoming[2];  // fragments of the peer's request, of its answer
    struct mobike *mobike;           // NULL: not with this peer
    struct nat_keepalive *keepalive; // NULL: not behind a NAT
    struct exchange *ours;
    struct exchange *theirs;

    struct child_sa *children;
    bool had_child;              // one has stood
    bool by_rekey;               // it is the successor of another
    bool delete_wanted;          // a DELETE of the IKE SA is to be sent
    bool auth_failed;            // ... with AUTHENTICATION_FAILED instead (RFC 7296 2.21.2)
    bool probe_wanted;           // a liveness check is to be sent
    struct child_slot *making;   // what our exchange makes a CHILD_SA for; NULL: none, or a rekey
    struct deadline expiry;      // of a half-open or lingering SA
    bool rekey_wanted;           // the IKE SA is to be replaced
    unsigned rekey_refusals;     // in a row
    struct deadline rekey_again; // its replacement was refused for now: not before this is over
    struct lifetime_end end;
    struct deadline life; // the next of both ends
    struct deadline liveness;
    uint64_t liveness_job; // esp-d is asked when the peer was heard last; 0: it is not
    uint64_t created_ms;
    uint64_t established_ms; // 0: never
    uint64_t heard_ms;       // the last authentic message
    uint64_t established_s;  // Unix time
    uint64_t heard_s;
};

// In state INIT, in no table, with no SPIs. NULL without memory.
struct ike_sa *ike_sa_new(struct ike_core *core, bool initiator);
// Only for SAs that are in no table and list any more.
void ike_sa_free(struct ike_sa *sa);

// What a new IKE SA of a rekey has from the old one: addresses, NATs, what both sides can do. MOBIKE's state goes over
// with ike_sa_take_mobike, when the new one takes the old one's place.
void ike_sa_inherit_path(struct ike_sa *fresh, const struct ike_sa *old);
void ike_sa_take_mobike(struct ike_sa *fresh, struct ike_sa *old);

// The one place where the state changes; logs old -> new.
void ike_sa_set_state(struct ike_sa *sa, enum ike_sa_state state);
const char *ike_sa_state_name(enum ike_sa_state state);

static inline uint64_t ike_sa_own_spi(const struct ike_sa *sa)
{
    return sa->initiator ? sa->spi_i : sa->spi_r;
}
static inline bool ike_sa_is_alive(const struct ike_sa *sa)
{
    return sa->state <= IKE_SA_STATE_ESTABLISHED;
}
static inline bool ike_sa_is_established(const struct ike_sa *sa)
{
    return sa->state == IKE_SA_STATE_ESTABLISHED;
}
// Does the peer's NAT choose where it is, so that we go along? Not when we are behind one ourselves (RFC 7296 2.23).
static inline bool ike_sa_follows_peer(const struct ike_sa *sa)
{
    return sa->esp.remote_nat && !sa->esp.local_nat;
}
// Do both sides speak MOBIKE (RFC 4555 3.1)?
static inline bool ike_sa_has_mobike(const struct ike_sa *sa)
{
    return sa->own_features.mobike && sa->peer_features.mobike;
}
static inline struct bytes ike_nonce_view(const struct ike_nonce *nonce)
{
    return bytes_of(nonce->b, nonce->n);
}
// False: longer than RFC 7296 2.10 allows.
bool ike_nonce_set(struct ike_nonce *nonce, struct bytes value);
// Takes over what was derived, wipes it, and sets up SK. -EINVAL when the keys don't fit the suite; -ENOMEM.
int ike_sa_take_keys(struct ike_sa *sa, struct ike_keys *keys);
// A new nonce of ours, at most IKE_NONCE_BYTES. -ENOMEM, -EIO.
int ike_sa_draw_nonce(const struct ike_sa *sa, size_t n, struct kept_message *ret_nonce);
// It is established: lets go of what only the exchanges before needed, keys of AUTH included.
void ike_sa_end_handshake(struct ike_sa *sa);

// Ties it to a tunnel, or loosens it (NULL).
void ike_sa_set_tunnel(struct ike_sa *sa, struct tunnel *tunnel);

// Ends an exchange: cancels its job; it is freed a little later, so that code which still stands on it may return. NULL
// is taken.
void exchange_drop(struct exchange **x);
// Waits for a job: its number, to be handed to the environment, or 0 without memory.
uint64_t exchange_wait(struct exchange *x, ike_job_done_fn *done);

#endif
