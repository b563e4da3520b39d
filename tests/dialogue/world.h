// Two IKE cores in one process, with a clock that stands until it is moved, and a link between them that can drop,
// double and reorder what they send. Tests tell a dialogue: what is configured, what happens, and what both sides must
// believe in the end.
#ifndef BULKHEAD_TESTS_DIALOGUE_WORLD_H
#define BULKHEAD_TESTS_DIALOGUE_WORLD_H

#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/wire/header.h"
#include "tests/dialogue/fake_names.h"

enum { A = 0, B = 1 };

struct fake_pki;
struct world;

// Encryption and integrity key, one behind the other.
struct fake_key {
    size_t n;
    uint8_t b[2 * SECRET_KEY_MAX];
};
static inline struct bytes fake_key_view(const struct fake_key *key)
{
    return bytes_of(key->b, key->n);
}

// An ESP SA pair as the fake esp-d holds it.
struct fake_sa {
    struct fake_sa *next;
    char tunnel[TUNNEL_NAME_MAX + 1];
    uint32_t spi_in;
    uint32_t spi_out;
    bool esn;
    struct esp_limits limits;
    struct fake_key in;
    struct fake_key out;
    struct endpoint local;
    struct endpoint remote;
    bool in_udp;
    bool follow_remote;
    uint32_t keepalive_s;
    unsigned local_n;
    unsigned remote_n;
    struct selector local_first;
    struct selector remote_first;
    bool transport;
    struct address original_local; // family 0: none
    struct address original_remote;
    uint32_t replaces; // spi_in; 0: none
    bool held;         // sends only when nothing else does, until a packet has come in on it
    bool silent;       // another one has taken over
    uint64_t until_ms; // of one that is retired: it receives yet
};

// The packets that both sides exchange over whatever ESP SAs they have.
struct data_path {
    bool on;
    unsigned sent;
    unsigned lost;   // that the other side could not open
    unsigned unsent; // for want of an SA
    char why[160];   // of the first that was lost
};

struct gateway {
    struct world *world;
    int side;
    bool alive;
    struct ike_env env;
    struct clock clock;
    struct random_source random;
    struct ike_core core;
    struct address address;
    const char *others[8]; // further addresses of this host, where nothing arrives
    unsigned others_n;
    const char *secret; // NULL: there is none yet
    const char *other_secret;
    const char *ppk;
    struct fake_pki *pki; // certificates; NULL: it has none
    bool pki_up;
    struct fake_names names;
    bool esp_up;
    bool esp_hears; // ESP comes in all the time
    uint32_t next_spi;
    struct fake_sa *sas;
    struct fake_sa *retired;
    uint8_t nonces[4]; // first bytes of the next nonces, as far as the test chooses them
    unsigned nonces_n;
    unsigned installs;
    unsigned updates; // of SAs that went to other addresses
    unsigned attempts_ended;
    unsigned policies_changed;
    unsigned weak_events; // of kind weak_algorithm
    unsigned other_names; // of kind other_name
};

// What a test may do with a datagram on its way. False: it is lost.
typedef bool link_filter_fn(struct world *world, int from, const struct ike_header *header, struct bytes datagram);

// A NAT on the way: changes source and destination of what `from` sends.
typedef void translate_fn(struct world *world, int from, struct endpoint *source, struct endpoint *destination);

struct world {
    uint64_t now_ms;
    uint64_t random_state;
    struct event *events; // by time
    uint64_t sequence;
    struct gateway gateway[2];
    unsigned work_ms;    // that a daemon takes at least for each answer
    unsigned install_ms; // that esp-d takes for an SA, in addition
    unsigned drop_percent;
    unsigned double_percent;
    unsigned reorder_percent;
    link_filter_fn *filter;
    void *filter_arg;
    translate_fn *translate;
    unsigned keepalives[2];          // of ike-d's own
    unsigned sent[2];                // also to strangers
    unsigned sent_by_exchange[2][4]; // IKE_SA_INIT first; requests and responses, repeats included
    struct key_use *keys;            // every key that was ever installed
    bool held;                       // datagrams wait on the wire until the test lets them pass (script.h)
    struct event *wire;
    struct data_path data;
};

// Both gateways with esp-d and pki-d, the same secret, and no tunnels. 192.0.2.1 and 192.0.2.2.
void world_init(struct world *world, uint64_t seed);
// Frees all, and checks that nothing was left behind.
void world_done(struct world *world);
// A gateway dies without a word, or comes to life again with nothing remembered; its esp-d is not touched.
void world_kill(struct world *world, int side);
void world_start(struct world *world, int side);
// A new ike-d, configured again, reads what esp-d has.
void world_adopt(struct world *world, int side);
// esp-d dies with all SAs; it returns empty.
void world_kill_esp(struct world *world, int side);
void world_start_esp(struct world *world, int side);

uint32_t world_random(struct world *world, uint32_t bound);

// The clocks of both jump; what is on the way arrives all the same, but packets are lost.
void world_jump(struct world *world, uint64_t ms);

// Lets time pass.
void world_run(struct world *world, uint64_t ms);
// Lets time pass until both cores are as `done` wants it, at most so long. False: they never were.
bool world_run_until(struct world *world, bool (*done)(struct world *world), uint64_t at_most_ms);
// Both sides have exactly one established IKE SA, and the same; exactly one pair of ESP SAs each, whose keys and SPIs
// fit.
bool world_is_joined(struct world *world);
// Fails the test unless both are joined before so much time has passed.
void world_assert_joined(struct world *world, uint64_t within_ms);
// ... and after so much more.
void world_assert_stays_joined(struct world *world, uint64_t within_ms, uint64_t lasts_ms);
// No IKE SA and no ESP SA on either side.
bool world_is_empty(struct world *world);
// Why the last of the two said no. Static.
const char *world_why(void);

// What a tunnel's configuration says; unset fields are those of the demo.
struct plan {
    const char *name; // "office"
    enum tunnel_start start;
    const char *ike; // one proposal, default "aes256gcm16-prfsha256-x25519"
    const char *ike_second;
    const char *esp; // default "aes256gcm16"
    const char *esp_second;
    const char *local[3]; // selectors; default 10.1.0.0/24 or 10.2.0.0/24
    const char *remote[3];
    const char *local_id; // default: the address
    const char *remote_id;
    unsigned liveness_s; // default 30
    enum tunnel_recovery liveness_action;
    enum tunnel_recovery close_action;
    struct lifetime ike_lifetime; // default: never
    struct lifetime child_lifetime;
    bool remote_any;
    bool one_per_child;
    bool transport;
    bool no_fragmentation;
    bool no_mobike;
    enum tunnel_encapsulation encapsulation;
    const char *local_address;  // chosen by the operator
    const char *remote_address; // of the peer's NAT, in place of its own
    unsigned many;              // so many policies of single addresses, in place of local and remote
    const char *remote_name;    // in place of the peer's address
    const char *remote_first;   // an address in front of the peer's own
    const char *remote_prefix;  // in place of it
    const char *other_secret;   // its name; its value is the gateway's
    const char *certificate;    // its name: authentication with certificates
    const char *ppk_id;
    bool ppk_optional;
    enum tunnel_childless childless;
    enum tunnel_unique unique;
    unsigned reauthentication_s;
};
void world_configure(struct world *world, int side, const struct plan *plans, size_t n);
// The same plan with its defaults on both sides, and these start modes.
void world_configure_both(struct world *world, enum tunnel_start a, enum tunnel_start b);
// One tunnel on each side, B's first.
void world_configure_two(struct world *world, struct plan a, struct plan b);
// The same, where B waits for A to call.
void world_configure_caller(struct world *world, struct plan a, struct plan b);

struct tunnel *world_tunnel(struct world *world, int side);
// Without those that only answer repeats, and without the peer's attempts that are not authenticated.
unsigned world_ike_sas(struct world *world, int side);
unsigned world_esp_sas(struct world *world, int side);
// The only established IKE SA; NULL.
struct ike_sa *world_ike_sa(struct world *world, int side);
// The first datagram on the held wire from that side whose text (header, payloads, notifies; as its receiver can read
// it) has `what` in it. With `lost` it vanishes. False: there is none.
bool world_pass(struct world *world, int from, const char *what, bool lost);
// Lets go of the wire: all that is on it arrives in order, and what is sent from now on.
void world_release(struct world *world);
// What is on the wire from that side, for failures. Static.
const char *world_wire(struct world *world, int from);
// A stranger's datagram from that IPv4 address, port 500.
void world_inject(struct world *world, int to, const char *from, struct bytes datagram);

#endif
