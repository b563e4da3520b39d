// One CHILD_SA: the inbound and the outbound SA (RFC 4301 4.4.2) that one negotiation made. Each
// direction is on cache lines of its own.
#ifndef BULKHEAD_ESP_CHILD_H
#define BULKHEAD_ESP_CHILD_H

#include <assert.h>
#include <stdatomic.h>

#include "esp-d/cipher.h"
#include "esp-d/esp_limits.h"
#include "esp-d/filter.h"
#include "esp-d/lifetime.h"
#include "esp-d/replay.h"
#include "esp-d/retire.h"
#include "esp-d/transport.h"
#include "lib/net/address.h"

#define CHILD_CACHE_LINE 64

enum path_encapsulation {
    PATH_IN_UDP,      // RFC 3948
    PATH_PROTOCOL_50, // RFC 4303, bare
};

// Where an SA's packets go. Never changed, but replaced as a whole (struct sa_out's path).
struct path {
    struct endpoint local;
    struct endpoint remote;
    enum path_encapsulation encapsulation;
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } to; // without a port as protocol 50, which has none
    socklen_t to_bytes;
    _Atomic uint64_t offload_retry_ms; // 0: UDP_SEGMENT works here; else no earlier than that it is tried again
    _Atomic uint32_t mtu_bytes;        // of the outer path: MTU_PATH_BYTES, or what was learned
    _Atomic uint32_t link_bytes;       // what our own link took of the last probe
    // main thread
    uint64_t probe_due_ms; // when the path is to be asked for its MTU again; 0: not planned yet
    uint64_t widen_ms;     // when a probe that nobody objected to counts as arrived; 0: none is out
};

// Any worker may have packets of it at any time.
struct sa_in {
    uint32_t spi;
    atomic_bool follow_remote;
    atomic_bool ended;        // at its lifetime: takes nothing any more
    atomic_bool heard_in_udp; // an authentic packet has come in UDP
    struct cipher_key *key;
    struct replay replay;
    _Atomic uint64_t last_ms; // of the last authentic packet, monotonic; 0: none yet
    _Atomic uint64_t bytes;   // of inner packets
    _Atomic uint64_t packets;
    _Atomic uint64_t replay_drops;
    _Atomic uint64_t integrity_drops;
    _Atomic uint64_t selector_drops;
    _Atomic uint64_t address_change_ms; // when the last one was reported
};

struct sa_out {
    uint32_t spi;
    atomic_bool ended;       // at its lifetime: sends nothing any more
    atomic_bool wants_probe; // of its path's MTU, behind the next burst
    bool held;    // sends for want of another one alone, until a packet has come in: does the peer have it, too?
    uint8_t dscp; // of the outer packets, or ECN_DSCP_COPIED
    struct cipher_key *key;
    _Atomic uint64_t next_sequence; // goes beyond 32 bits rather than around
    uint64_t last_sequence;         // RFC 4303 3.3.3: none after this one
    uint64_t soft_sequence;         // from here on it is time for a replacement
    struct path *_Atomic path;
    _Atomic uint64_t bytes;
    _Atomic uint64_t packets;
    _Atomic uint64_t last_ms; // of the last packet sent, monotonic
};

// No cache line that the packets of one direction write has something that those of the other one look at.
struct child {
    _Alignas(CHILD_CACHE_LINE) struct sa_in in;
    struct filter_pair *filters;     // here and below: read, hardly ever written, and in the line of the drop counters
    struct child *_Atomic next;      // in the SAD's bucket
    struct transport_origin *origin; // NULL: no NAT, or tunnel mode
    bool transport;                  // mode (RFC 4301 4.1)
    bool is_limited;                 // by its lifetime
    atomic_bool told_soft;           // ike-d knows
    atomic_bool told_hard;
    _Atomic uint32_t esn_failures; // packets in a row that did not prove authentic (resync.h)
    _Alignas(CHILD_CACHE_LINE) struct sa_out out;
    // main thread
    struct tunnel *tunnel;
    uint64_t ike_spi;
    uint64_t installed_s; // Unix time
    struct child *ending; // the next one that is deleted, but receives yet
    uint64_t ends_ms;     // monotonic; 0: it is not deleted
    struct replay_pool *windows;
    uint32_t keepalive_s; // 0: none
    // never written again
    _Alignas(CHILD_CACHE_LINE) struct cipher_suite suite;
    struct lifetime lifetime; // of each direction
};
static_assert(offsetof(struct child, out) == 2 * CHILD_CACHE_LINE &&
                  offsetof(struct child, suite) == 4 * CHILD_CACHE_LINE,
              "directions don't share cache lines");
static_assert(offsetof(struct sa_in, replay_drops) == CHILD_CACHE_LINE, "what each packet writes has one line");
static_assert(sizeof(struct child) == 5 * CHILD_CACHE_LINE, "there are many, most of them idle");

// All of it lent.
struct child_spec {
    uint32_t spi_in;
    uint32_t spi_out;
    struct cipher_suite suite;
    const struct cipher_backend *backend; // for this suite; NULL: the usual one
    struct bytes keys_in[2];              // encryption with salt, integrity
    struct bytes keys_out[2];
    struct endpoint local_endpoint;
    struct endpoint remote_endpoint;
    enum path_encapsulation encapsulation;
    const struct selector *local;
    const struct selector *remote;
    unsigned local_n;
    unsigned remote_n;
    uint32_t replay_window;
    uint32_t keepalive_s;
    uint64_t ike_spi;
    uint64_t installed_s;
    bool follow_remote;
    bool held;
    struct lifetime lifetime;
    bool transport;
    struct transport_origin origin; // transport mode alone
    bool has_dscp;                  // for the outer packets in tunnel mode; else the inner one's is copied
    uint8_t dscp;
};

// -EINVAL: key sizes, replay window, endpoints of two families; -ENOMEM. Backend and pool are lent.
int child_new(const struct child_spec *spec, const struct cipher_backend *backend, struct replay_pool *pool,
              struct child **ret_child);
// Wipes the keys. For retire_add; NULL is taken. The tunnel's reference is the caller's to give back before.
void child_free(void *child);

// Lets go what its keys were expanded to, when it has been silent for ESP_KEY_REST_MS. Thread: main.
void child_rest(struct child *child, uint64_t now_ms, struct retire *retire);

// -EINVAL: families differ or none; -ENOMEM. free() it.
int path_new(const struct endpoint *local, const struct endpoint *remote, enum path_encapsulation encapsulation,
             struct path **ret_path);

// Takes n sequence numbers in a row. The first one, or 0 when fewer are left (RFC 4303 3.3.3: never around). Any
// thread.
uint64_t sa_out_take_sequence(struct sa_out *out, uint32_t n);

// Counts packets of one direction, unless its lifetime has no room for all of them: what several workers carry at a
// time never gets over the hard limit. Any thread.
bool child_carry(struct child *child, enum cipher_direction direction, uint64_t bytes, uint64_t packets);
// They came to nothing.
void child_carry_back(struct child *child, enum cipher_direction direction, uint64_t bytes, uint64_t packets);

// Any thread.
static inline void child_count(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

#endif
