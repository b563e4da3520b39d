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
#include <time.h>

#define BURST          64u
#define PACKET_MAX     2048u
#define RECEIVE_BUFFER (16 << 20) // bytes: what is measured is the way here, not this end of it
#define NS_PER_S       1000000000ull

struct label {
    uint64_t number; // of the packet, from 0
    uint64_t run;
};

static volatile sig_atomic_t is_over;
static uint8_t packets[BURST][PACKET_MAX];
static struct iovec parts[BURST];
static struct mmsghdr messages[BURST];

struct count {
    uint64_t received;
    uint64_t reordered;
    uint64_t highest;
    uint64_t first_ns;
    uint64_t last_ns;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void on_signal(int number)
{
    (void)number;
    is_over = 1;
}

static void count_packet(struct count *c, const uint8_t *bytes, unsigned n, uint64_t run)
{
    struct label label;
    if (n < sizeof(label)) {
        return;
    }
    memcpy(&label, bytes, sizeof(label));
    if (label.run != run) {
        return;
    }
    c->last_ns = now_ns();
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
        int n = recvmmsg(fd, messages, BURST, MSG_WAITFORONE, NULL);
        for (int i = 0; i < n; i++) { // none: nothing came for a while, is it over?
            count_packet(c, packets[i], messages[i].msg_len, run);
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
    for (unsigned i = 0; i < BURST; i++) {
        parts[i] = (struct iovec){.iov_base = packets[i], .iov_len = PACKET_MAX};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    puts("ready");
    fflush(stdout);
    struct count count = {0};
    receive(fd, &count, argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
    printf("{\"received\": %llu, \"seconds\": %.6f, \"reordered\": %llu}\n", (unsigned long long)count.received,
           (double)(count.last_ns - count.first_ns) / (double)NS_PER_S, (unsigned long long)count.reordered);
    return 0;
}
