// The daemon around the core: sockets, edges, timers, the thread pool. Everything here translates; nothing here
// decides.
#ifndef BULKHEAD_IKE_LINK_IKE_H
#define BULKHEAD_IKE_LINK_IKE_H

#include <uv.h>

#include "ike-d/link/address_list.h"
#include "ike-d/link/address_monitor.h"
#include "ike-d/link/configuration.h"
#include "ike-d/link/esp_client.h"
#include "ike-d/link/event_queue.h"
#include "ike-d/link/policy_pages.h"
#include "ike-d/link/route_probe.h"
#include "ike-d/link/secret_check.h"
#include "ike-d/link/spi_pool.h"
#include "ike-d/link/udp_socket.h"
#include "ike-d/sa/credential.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/peer_certificate.h"
#include "lib/daemon/daemon.h"

// An `up` that waits for the end of the attempt.
struct up_waiter {
    struct up_waiter *next;
    struct ipc_request *request;
    char name[TUNNEL_NAME_MAX + 1];
};

// What esp-d is asked for after it has come (esp_client.h).
struct esp_reading {
    bool link_up;
    bool under_way;
    uint32_t after;         // asked for what is behind this SPI
    struct esp_listed *sas; // read so far
    size_t n;
    size_t capacity;
    struct policy_pages policies;
};

// Results of the call whose answer is being read.
struct ike_lent {
    struct credential credential;
    uint8_t authorities[CREDENTIAL_AUTHORITIES_MAX * CREDENTIAL_HASH_BYTES];
    struct peer_certificate peer;
};

struct ike {
    struct daemon *daemon;
    struct ike_env env;
    struct ike_core core;
    bool core_ready;
    bool configured;          // once, by api-d
    struct udp_socket udp[2]; // IPv4, IPv6
    struct route_probe probe;
    struct address_monitor monitor;
    struct address_list addresses;
    struct configuration configuration;
    struct esp_reading esp;
    struct spi_pool spis;
    struct secret_check secrets;
    struct address resolved[PEER_NAME_ADDRESSES_MAX]; // of the answer that is being read
    struct up_waiter *waiters;
    struct event_queue events;
    struct ike_lent lent;
    uv_timer_t timer;
    uv_prepare_t prepare;
};

// The callbacks of struct daemon_spec; daemon->self is a struct ike, all zero at the start.
int ike_open(struct daemon *daemon);
int ike_start(struct daemon *daemon);
void ike_on_peer(struct daemon *daemon, enum role role, bool up);
void ike_stop(struct daemon *daemon);

static inline struct ike *ike_of(struct daemon *daemon)
{
    return daemon->self;
}

#endif
