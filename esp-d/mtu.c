#include "esp-d/mtu.h"

#define IPV4_HEADER_BYTES 20u
#define IPV6_HEADER_BYTES 40u
#define UDP_HEADER_BYTES  8u
#define TRAILER_BYTES     2u // pad length and next header (RFC 4303 2.5, 2.6)

static uint32_t ip_header_bytes(uint8_t family)
{
    return family == 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
}

static uint32_t minimum(uint8_t family)
{
    return family == 4 ? MTU_PATH_IPV4_MIN : MTU_PATH_IPV6_MIN;
}

uint32_t mtu_esp_bytes(const struct path *path, uint32_t mtu_bytes)
{
    return mtu_bytes - ip_header_bytes(path->remote.address.family) -
           (path->encapsulation == PATH_IN_UDP ? UDP_HEADER_BYTES : 0);
}

uint32_t mtu_inner_bytes(const struct child *child, const struct path *path)
{
    const struct cipher_suite *suite = &child->suite;
    uint32_t around = CIPHER_HEADER_BYTES + suite->iv_bytes + suite->icv_bytes;
    uint32_t mtu = atomic_load_explicit(&path->mtu_bytes, memory_order_relaxed);
    uint32_t inside = (mtu_esp_bytes(path, mtu) - around) / suite->align_bytes * suite->align_bytes - TRAILER_BYTES;

    // RFC 4303 3.1.1: the packet's own IP header is the outer one.
    return child->transport ? inside + ip_header_bytes(path->remote.address.family) : inside;
}

uint32_t mtu_next_plateau(uint32_t bytes, uint8_t family)
{
    // Ethernet, PPPoE, L2TP and 6in4, GRE, VXLAN, WireGuard, and what tunnels inside of tunnels leave.
    static const uint16_t plateaus[] = {1500, 1492, 1480, 1472, 1460, 1450, 1440, 1430, 1420,
                                        1400, 1380, 1360, 1340, 1320, 1300, 1280, 1006, 576};

    for (size_t i = 0; i < sizeof(plateaus) / sizeof(*plateaus); i++) {
        if (plateaus[i] < bytes)
            return plateaus[i] >= minimum(family) ? plateaus[i] : 0;
    }
    return 0;
}

uint32_t mtu_bounded(uint32_t bytes, uint8_t family)
{
    return bytes > MTU_PATH_BYTES ? MTU_PATH_BYTES : bytes < minimum(family) ? minimum(family) : bytes;
}
