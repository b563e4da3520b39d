// Sends numbered UDP packets at a steady rate, or as fast as it can, each by itself (no segmentation offload): what an
// application that knows nothing of what lies on the way does.
//
// usage: udp_source ADDRESS PORT IP_BYTES PACKETS_PER_S SECONDS [RUN]
// IP_BYTES with both headers; 0 packets a second: flood; RUN: a number that udp_sink knows its packets by, 0 by
// default. Prints JSON: sent, seconds, late (packets that were due while it could not run: they were left out, not sent
// as a lump).
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "bench/monotonic.h"
#include "bench/udp_burst.h"

#define HEADERS_BYTES 28u
#define PAYLOAD_MAX   1472u
#define TICK_NS       500000ull  // between two looks at the clock: 20 packets at 40,000 a second
#define LATE_NS       4000000ull // what is due longer than that is left out

static struct udp_burst burst;

struct load {
    int fd;
    uint64_t run;
    uint64_t rate; // packets a second, 0 for a flood
    uint64_t seconds;
    uint64_t sent;
    uint64_t late;
};

// -1 when the socket fails for good
static int send_some(struct load *load, uint64_t n)
{
    if (n > UDP_BURST_PKTS) {
        n = UDP_BURST_PKTS;
    }
    for (uint64_t i = 0; i < n; i++) {
        struct udp_label label = {load->sent + i, load->run};
        memcpy(burst.packets[i], &label, sizeof(label));
    }
    int sent = sendmmsg(load->fd, burst.messages, (unsigned)n, 0);
    if (sent < 0 && errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED) {
        perror("sendmmsg");
        return -1;
    }
    load->sent += sent > 0 ? (uint64_t)sent : 0;
    return 0;
}

// How many are due, at `passed_ns` after the start.
static uint64_t due(struct load *load, uint64_t passed_ns)
{
    if (load->rate == 0) {
        return UDP_BURST_PKTS;
    }
    uint64_t wanted = passed_ns * load->rate / NS_PER_S;
    uint64_t done = load->sent + load->late;
    if (wanted <= done) {
        return 0;
    }
    uint64_t most = UDP_BURST_PKTS + load->rate * LATE_NS / NS_PER_S;
    if (wanted - done > most) {
        load->late += wanted - done - most;
        return most;
    }
    return wanted - done;
}

static int run(struct load *load)
{
    uint64_t began = monotonic_ns();
    uint64_t tick = began;
    while (monotonic_ns() - began < load->seconds) {
        uint64_t n = due(load, monotonic_ns() - began);
        uint64_t until = load->sent + n;
        while (load->sent < until) {
            uint64_t before = load->sent;
            if (send_some(load, until - load->sent) < 0) {
                return -1;
            }
            if (load->sent == before || monotonic_ns() - began >= load->seconds) {
                break;
            }
        }
        if (load->rate) {
            tick += TICK_NS;
            tick = tick < monotonic_ns() ? monotonic_ns() : tick;
            monotonic_sleep_until(tick);
        }
    }
    printf("{\"sent\": %llu, \"seconds\": %.6f, \"late\": %llu}\n", (unsigned long long)load->sent,
           (double)(monotonic_ns() - began) / (double)NS_PER_S, (unsigned long long)load->late);
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (argc < 6 || argc > 7 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
        fprintf(stderr, "usage: udp_source ADDRESS PORT IP_BYTES PACKETS_PER_S SECONDS [RUN]\n");
        return 2;
    }
    unsigned long ip_bytes = strtoul(argv[3], NULL, 10);
    if (ip_bytes < HEADERS_BYTES + sizeof(struct udp_label) || ip_bytes > HEADERS_BYTES + PAYLOAD_MAX) {
        fprintf(stderr, "udp_source: IP_BYTES must be 44 to 1500\n");
        return 2;
    }
    to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    prctl(PR_SET_TIMERSLACK, 1);
    struct load load = {.fd = socket(AF_INET, SOCK_DGRAM, 0),
                        .run = argc > 6 ? strtoull(argv[6], NULL, 10) : 0,
                        .rate = strtoull(argv[4], NULL, 10),
                        .seconds = (uint64_t)(strtod(argv[5], NULL) * (double)NS_PER_S)};
    if (load.fd < 0 || connect(load.fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        perror("socket");
        return 1;
    }
    udp_burst_prepare(&burst, (unsigned)ip_bytes - HEADERS_BYTES);
    return run(&load) < 0;
}
