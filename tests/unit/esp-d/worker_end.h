// A worker with what a test needs around it: a UDP socket on loopback, and a socket pair that stands for the TUN.
#ifndef BULKHEAD_TESTS_ESP_WORKER_END_H
#define BULKHEAD_TESTS_ESP_WORKER_END_H

#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "esp-d/worker.h"
#include "tests/unit/esp-d/world.h"

struct worker_end {
    struct worker worker;
    struct udp udp;
    struct endpoint endpoint;
    int lan; // the test's end of the TUN
};

// Tests look at a worker's queues themselves.
static inline void worker_end_ignore_wake(void *arg)
{
    (void)arg;
}

// A socket of 127.0.0.LAST.
static inline int worker_end_socket(uint8_t last, struct endpoint *ret_endpoint)
{
    struct endpoint any = {.address = {.family = 4, .b = {127, 0, 0, last}}};
    struct sockaddr_storage sa;
    socklen_t n = endpoint_to_sockaddr(&any, &sa);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    world_require(fd >= 0 && !bind(fd, (struct sockaddr *)&sa, n) && !getsockname(fd, (struct sockaddr *)&sa, &n) &&
                  !endpoint_from_sockaddr((struct sockaddr *)&sa, ret_endpoint));
    return fd;
}

// Not started yet. The buffers, of so many bytes each, are the TUN's and the socket's.
static inline void worker_end_open(struct worker_end *e, struct database *db, const struct cipher_backend *backend,
                                   uint8_t last, int buffer_bytes)
{
    struct worker_config config = {.db = db, .backend = backend, .udp = &e->udp, .wake = worker_end_ignore_wake};
    int pair[2];

    world_require(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair));
    for (unsigned i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
    config.tun = pair[0];
    e->lan = pair[1];
    e->udp = (struct udp){worker_end_socket(last, &e->endpoint), -1};
    setsockopt(e->udp.fd4, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof(buffer_bytes));
    world_require(!setsockopt(e->udp.fd4, IPPROTO_UDP, UDP_GRO, &(int){1}, sizeof(int)) &&
                  !setsockopt(e->udp.fd4, IPPROTO_IP, IP_PKTINFO, &(int){1}, sizeof(int)) &&
                  !worker_init(&e->worker, &config));
}

static inline void worker_end_close(struct worker_end *e)
{
    worker_stop(&e->worker);
    close(e->lan);
    close(e->worker.config.tun);
    worker_done(&e->worker);
    udp_close(&e->udp);
}

#endif
