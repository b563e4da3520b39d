// The group of port 4500 in a network namespace of its own: what goes to whom, in both families, and that nobody else
// gets in.
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "esp-d/esp_limits.h"
#include "esp-d/udp_group.h"
#include "tests/unit/lib/run.h"

#define PORT    4500
#define WORKERS 5u

static void enter_namespace(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd;

    if (unshare(CLONE_NEWNET) < 0)
        ck_assert_int_eq(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
}

// Which of the group has something: its index. Takes it.
static unsigned find_receiver(const struct udp *sockets, unsigned n, bool ipv6)
{
    struct pollfd p[WORKERS + 1];
    uint8_t data[2048];

    for (unsigned i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = ipv6 ? sockets[i].fd6 : sockets[i].fd4, .events = POLLIN};
    ck_assert_int_eq(poll(p, n, 5000), 1);
    for (unsigned i = 0; i < n; i++) {
        if (p[i].revents) {
            ck_assert_int_ge(recv(p[i].fd, data, sizeof(data), 0), 0);
            return i;
        }
    }
    return n;
}

static void send_to_group(bool ipv6, struct bytes datagram)
{
    struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sendto(fd, datagram.p, datagram.n, 0, ipv6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4,
                            ipv6 ? sizeof(to6) : sizeof(to4)),
                     (ssize_t)datagram.n);
    close(fd);
}

START_TEST(gives_each_kind_to_its_owner)
{
    static const uint8_t keepalive = 0xff, short_spi[] = {1, 2, 3}, ike[40], marker[4];
    struct udp sockets[WORKERS + 1];

    enter_namespace();
    for (unsigned workers = 1; workers <= WORKERS; workers += 2) {
        ck_assert_int_eq(udp_group_open(PORT, workers, sockets), 0);
        for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
            const struct bytes to_control[] = {bytes_of(&keepalive, 1), bytes_of(short_spi, 3), bytes_of(ike, 40),
                                               bytes_of(marker, 4), bytes_of(NULL, 0)};

            for (unsigned i = 0; i < RUN_COUNT(to_control); i++) {
                send_to_group(ipv6, to_control[i]);
                ck_assert_uint_eq(find_receiver(sockets, workers + 1, ipv6), 0);
            }
            for (uint32_t spi = 0xfffffff0; spi != 20; spi++) {
                uint32_t esp[4] = {htonl(spi)};

                send_to_group(ipv6, bytes_of((uint8_t *)esp, spi % 2 ? sizeof(esp) : 4));
                ck_assert_uint_eq(find_receiver(sockets, workers + 1, ipv6),
                                  spi ? 1 + udp_group_worker(spi, workers) : 0);
            }
        }
        for (unsigned i = 0; i <= workers; i++)
            udp_close(&sockets[i]);
    }
}
END_TEST

START_TEST(shares_the_port_with_nobody_else)
{
    struct udp first[3], second[3];
    int value = 1;

    enter_namespace();
    ck_assert_int_eq(udp_group_open(PORT, 2, first), 0);
    ck_assert_int_eq(udp_group_open(PORT, 2, second), -EADDRINUSE);
    for (unsigned i = 0; i < 3; i++) // locked
        ck_assert(setsockopt(first[i].fd4, SOL_SOCKET, SO_LOCK_FILTER, &(int){0}, sizeof(value)) < 0 && errno == EPERM);
    for (unsigned i = 0; i < 3; i++)
        udp_close(&first[i]);
    ck_assert_int_eq(udp_group_open(PORT, 0, first), -EINVAL);
    ck_assert_int_eq(udp_group_open(PORT, ESP_WORKERS_MAX + 1, first), -EINVAL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {gives_each_kind_to_its_owner, shares_the_port_with_nobody_else};

    return run_tests("udp_group", tests, RUN_COUNT(tests));
}
