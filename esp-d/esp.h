// The daemon as a whole: what it holds, and its life.
#ifndef BULKHEAD_ESP_ESP_H
#define BULKHEAD_ESP_ESP_H

#include "esp-d/worker.h"
#include "lib/daemon/daemon.h"

struct esp {
    struct daemon *daemon;
    struct database db;
    struct udp udp;
    int tun;
    const struct cipher_backend *backend;
    struct worker worker;
    uv_async_t events; // the worker has something to tell
    uv_timer_t tick;   // grace periods and the sweep
    unsigned sweep_turn;
};

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
