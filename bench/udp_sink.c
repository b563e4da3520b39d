// Counts the numbered packets of one run of udp_source until SIGTERM or SIGINT comes; what is left of earlier runs and
// comes late is not counted.
//
// usage: udp_sink ADDRESS PORT [RUN]     prints "ready" when it listens, and at the end
// JSON: received, seconds (from the first to the last one), reordered (arrived after a later one).
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "bench/monotonic.h"
#include "bench/udp_burst.h"

#define RECEIVE_BUFFER (16 << 20) // bytes: what is measured is the way here, not this end of it

static volatile sig_atomic_t is_over;
static struct udp_burst burst;

struct count {
    uint64_t received;
    uint64_t reordered;
    uint64_t highest;
    uint64_t first_ns;
    uint64_t last_ns;
};

static void on_signal(int number)
{
    (void)number;
    is_over = 1;
}

static void count_packet(struct count *c, const uint8_t *bytes, unsigned n, uint64_t run)
{
    struct udp_label label;
    if (n < sizeof(label)) {
        return;
    }
    memcpy(&label, bytes, sizeof(label));
    if (label.run != run) {
        return;
    }
    c->last_ns = monotonic_ns();
    c->first_ns = c->first_ns ? c->first_ns : c->last_ns;
    c->received++;
    if (label.number < c->highest) {
        c->reordered++;
    } else {
        c->highest = label.number;
    }
}

static void receive(int fd, struct count *c, uint64_t run)
{
    while (!is_over) {
        int n = recvmmsg(fd, burst.messages, UDP_BURST_PKTS, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++) { // none: nothing came for a while, is it over?
            count_packet(c, burst.packets[i], burst.messages[i].msg_len, run);
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    if (argc < 3 || argc > 4 || inet_pton(AF_INET, argv[1], &own.sin_addr) != 1) {
        fprintf(stderr, "usage: udp_sink ADDRESS PORT [RUN]\n");
        return 2;
    }
    own.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
    sigaction(SIGINT, &(struct sigaction){.sa_handler = on_signal}, NULL);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int bytes = RECEIVE_BUFFER;
    struct timeval look = {.tv_usec = 100000}; // a signal may come right before the call
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof(look)) < 0 ||
        bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0) {
        perror("udp_sink");
        return 1;
    }
    udp_burst_prepare(&burst, UDP_BURST_PACKET_MAX);
    puts("ready");
    fflush(stdout);
    struct count count = {0};
    receive(fd, &count, argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
    printf("{\"received\": %llu, \"seconds\": %.6f, \"reordered\": %llu}\n", (unsigned long long)count.received,
           (double)(count.last_ns - count.first_ns) / (double)NS_PER_S, (unsigned long long)count.reordered);
    return 0;
}
