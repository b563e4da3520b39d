// Everything that the IKE core needs from outside, handed in as functions: clock, randomness, sending, and the
// asynchronous services of the thread pool, pki-d and esp-d. The real one is link/, the tests have their own with a
// fake clock and a lossy link.
//
// A function that takes a job answers later, exactly once, through ike_job_finish() with that number, and never before
// it has returned. Arguments are lent until it returns.
#ifndef BULKHEAD_IKE_SA_IKE_ENV_H
#define BULKHEAD_IKE_SA_IKE_ENV_H

#include "ike-d/sa/ike_job.h"
#include "ike-d/sa/tunnel_config.h"
#include "lib/core/clock.h"
#include "lib/crypto/kex.h"
#include "lib/crypto/random.h"

struct tunnel;

// What pki-d needs to make or judge an AUTH payload (RFC 7296 2.15).
struct psk_request {
    const char *tunnel;
    uint16_t prf;
    struct bytes message; // sign: our first message; verify: the peer's
    struct bytes nonce;   // sign: the peer's; verify: ours
    struct bytes sk_p;    // of the side whose AUTH it is
    const struct identity *id;
    struct bytes auth;                // verify alone
    bool other_secret;                // sign alone: with the tunnel's other one
    const struct psk_request *answer; // verify alone: our own AUTH, to be made if the peer's is right; NULL: none
};

// What the verifier needs to judge a peer that has signed its AUTH payload (RFC 7296 2.15, RFC 7427).
struct peer_proof {
    struct psk_request octets;        // as with a pre-shared key, without an answer
    uint8_t method;                   // of the AUTH payload
    const struct bytes *certificates; // X.509 in DER, as they came: the peer's own first
    unsigned certificates_n;
    uint32_t own_hashes; // that we announced (RFC 7427 4): bits, 1 << enum signature_hash
};

// Of one direction; 0: none.
struct esp_limits {
    uint64_t soft_bytes;
    uint64_t hard_bytes;
    uint64_t soft_packets;
    uint64_t hard_packets;
};

// What pki-d needs to mix keys with a tunnel's post-quantum one (RFC 8784 3).
struct ppk_request {
    const char *tunnel;
    uint16_t prf;
    struct bytes id;             // PPK_ID
    struct bytes keys[PPK_KEYS]; // SK_d', SK_pi', SK_pr'
};

// Both directions of one CHILD_SA.
struct esp_install {
    const char *tunnel;
    uint32_t spi_in;
    uint32_t spi_out;
    uint16_t encr;
    uint16_t key_bits;
    uint16_t integ;
    bool esn; // sequence numbers of 64 bits (RFC 4303 2.2.1)
    struct bytes encr_key_in;
    struct bytes integ_key_in;
    struct bytes encr_key_out;
    struct bytes integ_key_out;
    struct endpoint local; // of port 4500
    struct endpoint remote;
    const struct selector *local_selectors;
    unsigned local_selectors_n;
    const struct selector *remote_selectors;
    unsigned remote_selectors_n;
    uint32_t replaces_spi_in; // 0: none
    bool hold_outbound;       // the replaced one goes on sending until the peer uses this one, or deletes that one
    struct esp_limits limits;
    uint64_t ike_spi;
    bool in_udp; // else IP protocol 50
    bool follow_remote;
    uint32_t keepalive_s;
    uint8_t dscp; // of the outer packets; TUNNEL_DSCP_COPIED
    uint32_t replay_window;
    bool transport;
    struct address original_local; // family 0: the outer one
    struct address original_remote;
};

// An SA pair that goes to other addresses.
struct esp_update {
    uint32_t spi_in;
    struct endpoint local;
    struct endpoint remote;
    bool in_udp;
    bool follow_remote;
    uint32_t keepalive_s;
};

// A line for operators.
struct ike_event {
    enum { IKE_EVENT_INFO = 1, IKE_EVENT_WARNING = 2, IKE_EVENT_ERROR = 3 } severity;
    const char *kind;
    const char *tunnel; // NULL: it concerns none
    const char *message;
    int cause;                    // enum failure_cause; of a failure that no tunnel keeps
    const struct tunnel *failing; // its failure is what the event is about; NULL: it is about none
};

struct ike_env {
    void *arg;
    const struct clock *clock;
    const struct random_source *random;

    // Sends one IKE message from `local`, whose port says which socket: 500, or 4500 with the non-ESP marker in front.
    // An empty message from port 4500 is a keepalive (RFC 3948 2.3).
    void (*send)(void *arg, const struct endpoint *local, const struct endpoint *remote, struct bytes message);
    // Our address that the route to `remote` chooses. -errno.
    int (*find_local)(void *arg, const struct address *remote, struct address *ret_local);
    // All addresses of this host: how many, at most `max`; or -errno.
    int (*list_local)(void *arg, struct address *ret_addresses, unsigned max);

    // result.addresses, addresses_n, ttl_s. FAILED: there is no such name. `anew`: what was told before was of no use.
    void (*resolve)(void *arg, uint64_t job, const char *name, bool anew);

    // A new key pair: result.kex.
    void (*kex_generate)(void *arg, uint64_t job, const struct ke_algorithm *ke);
    // Takes kex; result.data is the shared secret. FAILED: the peer's value is none of the group.
    void (*kex_derive)(void *arg, uint64_t job, struct kex *kex, struct bytes peer_public);
    // Both at once, for who knows the peer's value already: result.kex and result.data.
    void (*kex_exchange)(void *arg, uint64_t job, const struct ke_algorithm *ke, struct bytes peer_public);

    // result.data is the AUTH payload's data.
    void (*psk_sign)(void *arg, uint64_t job, const struct psk_request *request);
    // result.other_secret: the peer used that one, and so does our answer. result.data: the answer's AUTH.
    void (*psk_verify)(void *arg, uint64_t job, const struct psk_request *request);
    // result.credential of that tunnel.
    void (*get_credential)(void *arg, uint64_t job, const char *tunnel);
    // result.data and result.auth_method, made with the key of the tunnel's certificate, in a way that a peer with
    // these hash algorithms can check (bits as above; 0: it does not do RFC 7427).
    void (*certificate_sign)(void *arg, uint64_t job, const struct psk_request *request, uint32_t peer_hashes);
    // result.peer; OK or REFUSED, or another outcome without it.
    void (*peer_verify)(void *arg, uint64_t job, const struct peer_proof *proof);
    // result.keys. NOT_BOUND: the tunnel has no such key.
    void (*ppk_mix)(void *arg, uint64_t job, const struct ppk_request *request);

    // result.spi.
    void (*esp_allocate_spi)(void *arg, uint64_t job);
    void (*esp_install)(void *arg, uint64_t job, const struct esp_install *install);
    // result.ago_ms, of the one that received last.
    void (*esp_last_inbound)(void *arg, uint64_t job, const uint32_t *spis_in, unsigned n);
    // Nothing comes back. Stays behind an install that was asked for before.
    void (*esp_update)(void *arg, const struct esp_update *update);
    // Nothing comes back. Stays behind an install that was asked for before.
    void (*esp_delete)(void *arg, uint32_t spi_in);
    // The same for one whose place another has taken: sends nothing more, receives for so long yet. Again: for so long
    // from then on.
    void (*esp_retire)(void *arg, uint32_t spi_in, uint32_t inbound_for_ms);
    // The whole SPD follows from the tunnels' configurations; nothing comes back.
    void (*esp_policies_changed)(void *arg);

    void (*tunnel_changed)(void *arg, const struct tunnel *tunnel);
    // An attempt has ended: the tunnel is up, or its failure says why not.
    void (*attempt_ended)(void *arg, const struct tunnel *tunnel);
    void (*event)(void *arg, const struct ike_event *event);
};

#endif
