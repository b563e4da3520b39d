#include "esp-d/udp_control.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint16_t)) <=
                  UDP_CONTROL_BYTES,
              "all three fit");

static void put(struct msghdr *message, const int kind[2], const void *data, size_t n)
{
    // Each one starts where the last one's space ends; the first at the buffer's start.
    struct cmsghdr *c = (struct cmsghdr *)((uint8_t *)message->msg_control + message->msg_controllen);

    c->cmsg_level = kind[0];
    c->cmsg_type = kind[1];
    c->cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(c), data, n);
    message->msg_controllen += CMSG_SPACE(n);
}

static void put_source(struct msghdr *message, const struct address *local)
{
    if (local->family == 4) {
        struct in_pktinfo info = {0};

        memcpy(&info.ipi_spec_dst, local->b, 4);
        put(message, (const int[]){IPPROTO_IP, IP_PKTINFO}, &info, sizeof(info));
    } else {
        struct in6_pktinfo info = {0};

        memcpy(&info.ipi6_addr, local->b, 16);
        put(message, (const int[]){IPPROTO_IPV6, IPV6_PKTINFO}, &info, sizeof(info));
    }
}

void udp_control_put(struct msghdr *message, void *control, const struct address *local, uint8_t traffic_class,
                     uint16_t segment_bytes)
{
    int class = traffic_class;

    message->msg_control = control;
    message->msg_controllen = 0;
    if (!address_is_any(local))
        put_source(message, local);
    if (class && local->family == 4)
        put(message, (const int[]){IPPROTO_IP, IP_TOS}, &class, sizeof(class));
    else if (class)
        put(message, (const int[]){IPPROTO_IPV6, IPV6_TCLASS}, &class, sizeof(class));
    if (segment_bytes)
        put(message, (const int[]){IPPROTO_UDP, UDP_SEGMENT}, &segment_bytes, sizeof(segment_bytes));
}

static void get_ipv4(const struct cmsghdr *c, struct address *local, uint8_t *traffic_class)
{
    if (c->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;

        memcpy(&info, CMSG_DATA(c), sizeof(info));
        address_from_bytes(bytes_of(&info.ipi_addr, 4), local);
    } else if (c->cmsg_type == IP_TOS) {
        *traffic_class = *CMSG_DATA(c);
    }
}

static void get_ipv6(const struct cmsghdr *c, struct address *local, uint8_t *traffic_class)
{
    if (c->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;

        memcpy(&info, CMSG_DATA(c), sizeof(info));
        address_from_bytes(bytes_of(&info.ipi6_addr, 16), local);
    } else if (c->cmsg_type == IPV6_TCLASS) {
        int class;

        memcpy(&class, CMSG_DATA(c), sizeof(class));
        *traffic_class = (uint8_t) class;
    }
}

void udp_control_get(struct msghdr *message, struct address *local, uint8_t *traffic_class, uint32_t *segment_bytes)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == IPPROTO_IP) {
            get_ipv4(c, local, traffic_class);
        } else if (c->cmsg_level == IPPROTO_IPV6) {
            get_ipv6(c, local, traffic_class);
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int n;

            memcpy(&n, CMSG_DATA(c), sizeof(n));
            *segment_bytes = n > 0 ? (uint32_t)n : 0;
        }
    }
}
