// Measures how long a small UDP packet takes to an echo and back, one at a time.
//
// usage: round_trips echo ADDRESS PORT                    answers until it is killed; prints "ready" when it listens
//        round_trips ask ADDRESS PORT COUNT INTERVAL_US   prints JSON: microseconds of percentiles, and lost
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "bench/monotonic.h"

#define PAYLOAD_BYTES 36u // 64 with both headers
#define COUNT_MAX     1000000ul
#define WAIT_US       200000 // an answer that takes longer is lost

static int echo(const struct sockaddr_in *own)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)own, sizeof(*own)) < 0) {
        perror("round_trips");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        uint8_t bytes[2048];
        struct sockaddr_in from;
        socklen_t from_bytes = sizeof(from);
        ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_bytes);
        if (n > 0 && sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, from_bytes) < 0) {
            perror("sendto");
        }
    }
}

// Nanoseconds, or 0 when no answer came.
static uint64_t ask_once(int fd, uint64_t number)
{
    uint8_t bytes[PAYLOAD_BYTES] = {0};
    memcpy(bytes, &number, sizeof(number));
    uint64_t began = monotonic_ns();
    if (send(fd, bytes, sizeof(bytes), 0) < 0) {
        return 0;
    }
    for (;;) {
        uint64_t answered;
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        if (n < 0 && errno != EINTR) {
            return 0;
        }
        memcpy(&answered, bytes, sizeof(answered));
        if (n == PAYLOAD_BYTES && answered == number) { // else a late one
            return monotonic_ns() - began;
        }
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void print_percentiles(uint64_t *times, size_t n, size_t lost)
{
    static const struct {
        const char *name;
        double part;
    } wanted[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    qsort(times, n, sizeof(*times), compare);
    printf("{");
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        double us = n ? (double)times[(size_t)((double)(n - 1) * wanted[i].part)] / 1000.0 : 0;
        printf("\"%s\": %.2f, ", wanted[i].name, us);
    }
    printf("\"max\": %.2f, \"answered\": %zu, \"lost\": %zu}\n", n ? (double)times[n - 1] / 1000.0 : 0.0, n, lost);
}

static int ask(const struct sockaddr_in *to, size_t count, uint64_t interval_ns)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval wait = {.tv_usec = WAIT_US};
    uint64_t *times = calloc(count, sizeof(*times));
    if (!times || fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
        connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
        perror("round_trips");
        free(times);
        return 1;
    }
    size_t answered = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t began = monotonic_ns();
        times[answered] = ask_once(fd, i);
        answered += times[answered] > 0;
        monotonic_sleep_until(began + interval_ns);
    }
    print_percentiles(times, answered, count - answered);
    free(times);
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
        fprintf(stderr, "usage: round_trips echo ADDRESS PORT | ask ADDRESS PORT COUNT INTERVAL_US\n");
        return 2;
    }
    address.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    prctl(PR_SET_TIMERSLACK, 1);
    if (strcmp(argv[1], "echo") == 0) {
        return echo(&address);
    }
    unsigned long count = argc == 6 ? strtoul(argv[4], NULL, 10) : 0;
    if (strcmp(argv[1], "ask") != 0 || count == 0 || count > COUNT_MAX) {
        fprintf(stderr, "round_trips: ask ADDRESS PORT COUNT INTERVAL_US, at most %lu\n", COUNT_MAX);
        return 2;
    }
    return ask(&address, count, strtoull(argv[5], NULL, 10) * 1000);
}
