// A worker thread: its own loop over its TUN queue and its sockets, run to completion. Reads the databases as an RCU
// reader, and tells the main thread by a queue. Any worker can process any SA: what is the SA's changes atomically, and
// everything else that a packet touches is the worker's own.
#ifndef BULKHEAD_ESP_WORKER_H
#define BULKHEAD_ESP_WORKER_H

#include <pthread.h>

#include "esp-d/coalesce.h"
#include "esp-d/datagram_ring.h"
#include "esp-d/event.h"
#include "esp-d/inbound.h"
#include "esp-d/outbound.h"
#include "esp-d/pace.h"
#include "esp-d/send.h"

struct worker_config {
    const struct database *db;
    const struct cipher_backend *backend;
    const struct udp *udp; // the worker's own, as all that follows
    const struct raw *raw; // NULL: none
    int tun;
    // Something is in the queue or the ring. Called in the worker's thread.
    void (*wake)(void *arg);
    void *arg;
};

struct worker {
    struct worker_config config;
    struct drop_counters drops;
    struct batch_counter sends;
    struct event_queue events;
    struct datagram_ring ike;    // to the main thread, which takes them
    struct datagram_ring handed; // from it
    atomic_bool is_ending;
    // the worker's alone
    struct outbound outbound;
    struct inbound inbound;
    struct coalesce coalesce;
    struct crypt crypt;
    struct udp_batch *batch;
    struct raw_batch *raw_batch;
    uint8_t *frame; // one read of the TUN
    struct pace pace;
    bool is_behind; // this turn left packets waiting
    int epoll;
    int bell; // eventfd: something was handed over, or it is the end
    pthread_t thread;
    bool is_running;
};

// Everything in the configuration is lent. -errno. worker_done also takes what worker_init left half-built.
int worker_init(struct worker *worker, const struct worker_config *config);
int worker_start(struct worker *worker);
// Waits for the end of the thread.
void worker_stop(struct worker *worker);
void worker_done(struct worker *worker);
// ESP that arrived elsewhere. False: no room. Thread: main.
bool worker_hand(struct worker *worker, const struct inbound_datagram *from, struct bytes packet);

#endif
