// The daemon as a whole: what it holds, and its life.
#ifndef BULKHEAD_ESP_ESP_H
#define BULKHEAD_ESP_ESP_H

#include "esp-d/cipher_choice.h"
#include "esp-d/control.h"
#include "esp-d/icmp_listener.h"
#include "esp-d/worker.h"
#include "lib/daemon/daemon.h"

// A worker with what it alone reads.
struct lane {
    struct udp udp;
    struct raw raw;
    int tun; // its queue
    struct worker worker;
};

struct esp {
    struct daemon *daemon;
    struct database db;
    struct icmp_listener icmp;
    struct ratelimit hints_limit;
    struct cipher_choice ciphers;
    const struct cipher_backend *backend; // the usual one
    struct control control;
    unsigned workers;
    struct lane lanes[ESP_WORKERS_MAX]; // `workers` of them
    uv_async_t events;                  // a worker has something to tell
    uv_timer_t tick;                    // grace periods and the sweep
    unsigned sweep_turn;
};

// A counter of all threads.
uint64_t esp_count_drops(const struct esp *esp, enum drop reason);

// Callbacks of struct daemon_spec.
int esp_open(struct daemon *daemon);
int esp_start(struct daemon *daemon);
void esp_stop(struct daemon *daemon);
void esp_on_peer(struct daemon *daemon, enum role role, bool up);

static inline struct esp *esp_of(struct daemon *daemon)
{
    return daemon->self;
}

#endif
