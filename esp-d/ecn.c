#include "esp-d/ecn.h"

enum { NOT_ECT, ECT_1, ECT_0, CE };

#define ECN_DROP 0xff

// RFC 6040 4.2, figure 4: [inner][outer]
static const uint8_t combined[4][4] = {
    [NOT_ECT] = {[NOT_ECT] = NOT_ECT, [ECT_1] = NOT_ECT, [ECT_0] = NOT_ECT, [CE] = ECN_DROP},
    [ECT_1] = {[NOT_ECT] = ECT_1, [ECT_1] = ECT_1, [ECT_0] = ECT_1, [CE] = CE},
    [ECT_0] = {[NOT_ECT] = ECT_0, [ECT_1] = ECT_1, [ECT_0] = ECT_0, [CE] = CE},
    [CE] = {[NOT_ECT] = CE, [ECT_1] = CE, [ECT_0] = CE, [CE] = CE},
};

// RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), for the word of version, header length and class.
static void set_ipv4_class(uint8_t *packet, uint8_t class)
{
    uint32_t before = (uint32_t)(packet[0] << 8 | packet[1]);
    uint32_t checksum = (uint32_t)(packet[10] << 8 | packet[11]);
    uint32_t sum = (~checksum & 0xffff) + (~before & 0xffff) + (uint32_t)(packet[0] << 8 | class);

    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    packet[1] = class;
    packet[10] = (uint8_t)(~sum >> 8 & 0xff);
    packet[11] = (uint8_t)(~sum & 0xff);
}

bool ecn_decapsulate(uint8_t outer_class, uint8_t *packet)
{
    bool ipv4 = packet[0] >> 4 == 4;
    unsigned inner = ipv4 ? packet[1] : (packet[0] & 15u) << 4 | packet[1] >> 4;
    uint8_t mark = combined[inner & 3][outer_class & 3];

    if (mark == ECN_DROP)
        return false;
    if (mark == (inner & 3))
        return true;
    if (ipv4)
        set_ipv4_class(packet, (uint8_t)((inner & 0xfcu) | mark));
    else
        packet[1] = (uint8_t)((packet[1] & 0xcf) | mark << 4);
    return true;
}
