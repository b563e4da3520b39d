// A worker thread: its own loop over a TUN queue and the UDP sockets, run to completion. Reads the databases as an RCU
// reader, and tells the main thread by a queue. Everything that it touches per packet is its own, so that there can be
// several.
#ifndef BULKHEAD_ESP_WORKER_H
#define BULKHEAD_ESP_WORKER_H

#include <pthread.h>

#include "esp-d/coalesce.h"
#include "esp-d/event.h"
#include "esp-d/inbound.h"
#include "esp-d/outbound.h"
#include "esp-d/udp.h"

struct worker_config {
    const struct database *db;
    const struct cipher_backend *backend;
    const struct udp *udp;
    int tun;
    // Something is in the queue. Called in the worker's thread.
    void (*wake)(void *arg);
    void *arg;
};

struct worker {
    struct worker_config config;
    struct drop_counters drops;
    struct event_queue events;
    // the worker's alone
    struct outbound outbound;
    struct inbound inbound;
    struct coalesce coalesce;
    struct crypt crypt;
    struct udp_batch *batch;
    uint8_t *frame; // one read of the TUN
    int epoll;
    int stop; // eventfd
    pthread_t thread;
    bool is_running;
};

// Everything in the configuration is lent. -errno. worker_done also takes what worker_init left half-built.
int worker_init(struct worker *worker, const struct worker_config *config);
int worker_start(struct worker *worker);
// Waits for the end of the thread.
void worker_stop(struct worker *worker);
void worker_done(struct worker *worker);

#endif
