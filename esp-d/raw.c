#include "esp-d/raw.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esp-d/discovery.h"
#include "esp-d/esp_limits.h"
#include "esp-d/raw_filter.h"
#include "esp-d/socket_options.h"
#include "esp-d/udp_control.h"

#define IPV4_HEADER_BYTES 20u

// A slot takes the largest packet that the kernel may put together from fragments. The lines on top let the packets'
// beginnings fall into different sets of the cache.
#define SLOT_BYTES (65536u + 24 * 64)

struct raw_batch {
    struct mmsghdr message[ESP_RAW_PKTS];
    struct iovec vector[ESP_RAW_PKTS];
    struct sockaddr_storage from[ESP_RAW_PKTS];
    struct inbound_datagram datagram[ESP_RAW_PKTS];
    _Alignas(struct cmsghdr) uint8_t control[ESP_RAW_PKTS][UDP_CONTROL_BYTES];
    uint8_t data[ESP_RAW_PKTS][SLOT_BYTES]; // of which only what packets touch is ever real memory
};

// Destination and class of an IPv4 packet stand in its header, which comes along.
static int configure(int fd, uint8_t family)
{
    static const struct socket_option ipv4[] = {{IPPROTO_IP, IP_MTU_DISCOVER, DISCOVERY_IPV4}};
    static const struct socket_option ipv6[] = {
        {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1},
        {IPPROTO_IPV6, IPV6_RECVTCLASS, 1},
        {IPPROTO_IPV6, IPV6_MTU_DISCOVER, DISCOVERY_IPV6},
    };
    int err = socket_options_set_own(fd);

    if (err)
        return err;
    if (family == 4)
        return socket_options_set(fd, ipv4, sizeof(ipv4) / sizeof(ipv4[0]));
    return socket_options_set(fd, ipv6, sizeof(ipv6) / sizeof(ipv6[0]));
}

// What came in before the filter was there is of any SPI.
static void empty(int fd)
{
    uint8_t byte;

    while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
        ;
}

static int open_family(uint8_t family, unsigned index, unsigned workers)
{
    int fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ESP);
    int err;

    if (fd < 0)
        return -errno;
    err = raw_filter_attach(fd, family, index, workers);
    if (!err)
        err = configure(fd, family);
    if (err) {
        close(fd);
        return err;
    }
    empty(fd);
    return fd;
}

static bool is_missing(int err)
{
    return err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT;
}

int raw_open(unsigned index, unsigned workers, struct raw *ret_raw)
{
    struct raw raw = {open_family(4, index, workers), -1};
    int err = raw.fd4 < 0 && !is_missing(raw.fd4) ? raw.fd4 : 0;

    if (err)
        return err;
    raw.fd6 = open_family(6, index, workers);
    if (raw.fd6 < 0 && !is_missing(raw.fd6)) {
        err = raw.fd6;
        raw_close(&raw);
        return err;
    }
    ret_raw->fd4 = raw.fd4 < 0 ? -1 : raw.fd4;
    ret_raw->fd6 = raw.fd6 < 0 ? -1 : raw.fd6;
    return 0;
}

void raw_close(struct raw *raw)
{
    if (raw->fd4 >= 0)
        close(raw->fd4);
    if (raw->fd6 >= 0)
        close(raw->fd6);
    raw->fd4 = raw->fd6 = -1;
}

struct raw_batch *raw_batch_new(void)
{
    struct raw_batch *batch = malloc(sizeof(*batch));

    if (!batch)
        return NULL;
    memset(batch, 0, offsetof(struct raw_batch, data));
    for (unsigned i = 0; i < ESP_RAW_PKTS; i++) {
        batch->vector[i] = (struct iovec){batch->data[i], SLOT_BYTES};
        batch->message[i].msg_hdr = (struct msghdr){.msg_iov = &batch->vector[i], .msg_iovlen = 1};
    }
    return batch;
}

void raw_batch_free(struct raw_batch *batch)
{
    free(batch);
}

bool raw_read_ipv4(uint8_t *packet, uint32_t n, struct inbound_datagram *ret_datagram)
{
    uint32_t header = n ? (packet[0] & 15u) * 4 : 0;

    if (n < IPV4_HEADER_BYTES || header < IPV4_HEADER_BYTES || header > n)
        return false;
    *ret_datagram =
        (struct inbound_datagram){.p = packet + header, .n = n - header, .traffic_class = packet[1], .is_raw = true};
    return !address_from_bytes(bytes_of(packet + 12, 4), &ret_datagram->remote.address) &&
           !address_from_bytes(bytes_of(packet + 16, 4), &ret_datagram->local.address);
}

static bool read_ipv6(struct raw_batch *batch, unsigned i, struct inbound_datagram *ret_datagram)
{
    uint32_t segment_bytes;

    *ret_datagram = (struct inbound_datagram){.p = batch->data[i], .n = batch->message[i].msg_len, .is_raw = true};
    if (endpoint_from_sockaddr((struct sockaddr *)&batch->from[i], &ret_datagram->remote))
        return false;
    ret_datagram->remote.port = 0;
    udp_control_get(&batch->message[i].msg_hdr, &ret_datagram->local.address, &ret_datagram->traffic_class,
                    &segment_bytes);
    return true;
}

static void prepare(struct raw_batch *batch, uint8_t family)
{
    for (unsigned i = 0; i < ESP_RAW_PKTS; i++) {
        struct msghdr *h = &batch->message[i].msg_hdr;

        h->msg_name = family == 4 ? NULL : &batch->from[i];
        h->msg_namelen = family == 4 ? 0 : sizeof(batch->from[i]);
        h->msg_control = family == 4 ? NULL : batch->control[i];
        h->msg_controllen = family == 4 ? 0 : UDP_CONTROL_BYTES;
    }
}

int raw_receive(const struct raw *raw, uint8_t family, struct raw_batch *batch,
                const struct inbound_datagram **ret_datagrams)
{
    int n;

    prepare(batch, family);
    n = recvmmsg(family == 4 ? raw->fd4 : raw->fd6, batch->message, ESP_RAW_PKTS, MSG_DONTWAIT, NULL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    for (unsigned i = 0; i < (unsigned)n; i++) {
        struct inbound_datagram *d = &batch->datagram[i];

        if (family == 4 ? !raw_read_ipv4(batch->data[i], batch->message[i].msg_len, d) : !read_ipv6(batch, i, d))
            d->n = 0; // counted as a runt
        d->truncated = batch->message[i].msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    }
    *ret_datagrams = batch->datagram;
    return n;
}
