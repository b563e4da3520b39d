// Sends well-formed IKE_SA_INIT requests from forged source addresses at a given rate (RFC 7296 1.2): one proposal with
// Curve25519, a key and a nonce of random bytes, and an initiator SPI of its own each.
//
// usage: flood DESTINATION PACKETS_PER_S SECONDS SOURCE_NETWORK     the sources are of that /16, "198.18.0.0"
// Prints how many were sent.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "bench/monotonic.h"

#define BURST     64
#define IKE_BYTES (28 + 48 + 40 + 36)
#define IKE_PORT  500
#define KEY_AT    (28 + 48 + 8)
#define NONCE_AT  (28 + 48 + 40 + 4)
#define SOURCES_N 65534u

struct packet {
    struct iphdr ip;
    struct udphdr udp;
    uint8_t ike[IKE_BYTES];
};

// Header; SA with AES-CBC-256, HMAC-SHA2-256, HMAC-SHA2-256-128, Curve25519; heads of KE and Ni (RFC 7296 3.1, 3.3).
static const uint8_t header[28] = {[16] = 33, [17] = 0x20, [18] = 34, [19] = 0x08, [27] = IKE_BYTES};
static const uint8_t sa[48] = {34, 0, 0, 48, 0, 0, 0, 44, 1, 1, 0, 4, 3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0,
                               3,  0, 0, 8,  2, 0, 0, 5,  3, 0, 0, 8, 3, 0, 0, 12, 0, 0, 0, 8,  4,    0,  0, 31};
static const uint8_t ke[8] = {40, 0, 0, 40, 0, 31};
static const uint8_t nonce[4] = {0, 0, 0, 36};

static struct packet packets[BURST];
static struct iovec parts[BURST];
static struct mmsghdr messages[BURST];

static void fill(struct packet *p, const struct sockaddr_in *to)
{
    p->ip = (struct iphdr){.version = 4,
                           .ihl = 5,
                           .ttl = 64,
                           .protocol = IPPROTO_UDP,
                           .tot_len = htons(sizeof(*p)),
                           .daddr = to->sin_addr.s_addr};
    p->udp =
        (struct udphdr){.source = htons(IKE_PORT), .dest = htons(IKE_PORT), .len = htons(sizeof(p->udp) + IKE_BYTES)};
    memcpy(p->ike, header, sizeof(header));
    memcpy(p->ike + 28, sa, sizeof(sa));
    memcpy(p->ike + 76, ke, sizeof(ke));
    memcpy(p->ike + 116, nonce, sizeof(nonce));
    if (getrandom(p->ike + KEY_AT, 32, 0) < 0 || getrandom(p->ike + NONCE_AT, 32, 0) < 0) {
        perror("getrandom");
    }
}

// xorshift64: what is forged need not be secret, only different.
static uint64_t next_random(void)
{
    static uint64_t state = 0x9E3779B97F4A7C15ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void forge(struct packet *p, uint32_t network)
{
    uint64_t spi = next_random();
    p->ip.saddr = htonl(network + 1 + (uint32_t)(next_random() % SOURCES_N));
    memcpy(p->ike, &spi, sizeof(spi));
}

static unsigned send_burst(int fd, uint32_t network, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        forge(&packets[i], network);
    }
    int sent = sendmmsg(fd, messages, n, 0);
    return sent > 0 ? (unsigned)sent : 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct in_addr network;
    if (argc != 5 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || inet_pton(AF_INET, argv[4], &network) != 1) {
        fprintf(stderr, "usage: flood DESTINATION PACKETS_PER_S SECONDS SOURCE_NETWORK\n");
        return 2;
    }
    uint64_t rate = strtoull(argv[2], NULL, 10);
    uint64_t total = rate * strtoull(argv[3], NULL, 10);
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    if (fd < 0) {
        perror("socket");
        return 1;
    }
    for (unsigned i = 0; i < BURST; i++) {
        fill(&packets[i], &to);
        parts[i] = (struct iovec){.iov_base = &packets[i], .iov_len = sizeof(packets[i])};
        messages[i].msg_hdr =
            (struct msghdr){.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    uint64_t began = monotonic_ns();
    uint64_t sent = 0;
    while (sent < total) {
        uint64_t due = (monotonic_ns() - began) * rate / NS_PER_S;
        if (due > sent) {
            uint64_t behind = due - sent;
            sent += send_burst(fd, ntohl(network.s_addr), behind < BURST ? (unsigned)behind : BURST);
        } else {
            nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
        }
    }
    printf("%llu sent in %.2f s\n", (unsigned long long)sent, (double)(monotonic_ns() - began) / (double)NS_PER_S);
    return 0;
}
