// esp-d's sealing and opening for strangers' programs, a line each on standard input:
//
//     seal SUITE MODE SEQUENCE INNER      the ESP packet
//     open SUITE MODE SEQUENCE ESP FAMILY the inner packet; 4 or 6: of the outer one
//
// with packets in hex, SUITE as in proposals ("aes256-sha256-esn") and MODE tunnel or transport; the answer is a line,
// too, in hex or with the reason why there is none. Keys and SPI are world.h's for side 1, to which all packets go.
//
//     esp-packet BACKEND
#include <stdio.h>

#include "lib/crypto/proposal.h"
#include "tests/unit/esp-d/world.h"

#define PACKET_MAX 4096

static struct {
    const struct cipher_backend *backend;
    struct world world;
    char suite[64];
    char mode[16]; // "": no world yet
} tool;

static bool read_suite(const char *text, struct world_suite *ret_suite)
{
    const struct transform *encr, *integ, *esn;
    struct proposal p;
    char error[256];

    if (proposal_parse(text, PROPOSAL_ESP, &p, error, sizeof(error)))
        return false;
    encr = proposal_find(&p, TRANSFORM_ENCR);
    integ = proposal_find(&p, TRANSFORM_INTEG);
    esn = proposal_find(&p, TRANSFORM_ESN);
    *ret_suite = (struct world_suite){.encr = encr->id,
                                      .key_bits = encr->key_bits,
                                      .integ = integ ? integ->id : 0,
                                      .esn = esn && esn->id == ESN_EXTENDED};
    return true;
}

static bool set_world(const char *suite, const char *mode)
{
    struct world_suite s;

    if (!strcmp(suite, tool.suite) && !strcmp(mode, tool.mode))
        return true;
    if (!read_suite(suite, &s))
        return false;
    if (*tool.mode)
        world_done(&tool.world);
    world_init(&tool.world, &s, tool.backend, tool.backend);
    for (unsigned i = 0; i < 2; i++)
        tool.world.side[i].child->transport = !strcmp(mode, "transport");
    snprintf(tool.suite, sizeof(tool.suite), "%s", suite);
    snprintf(tool.mode, sizeof(tool.mode), "%s", mode);
    return true;
}

static void answer(const uint8_t *p, size_t n)
{
    static char hex[2 * PACKET_MAX + 1];

    puts(bytes_to_hex(bytes_of(p, n), hex, sizeof(hex)));
}

static void seal(uint64_t sequence, const uint8_t *inner, size_t n)
{
    static uint8_t esp[PACKET_MAX];
    struct child *child = tool.world.side[0].child;
    struct seal_packet p = {.child = child, .esp = esp, .next = inner[0] >> 4 == 4 ? IPPROTO_IPIP : IPPROTO_IPV6};
    struct flow flow = world_flow(inner, n);
    uint32_t header = 0;

    if (child->transport)
        p.drop = transport_split(inner, &flow, &header, &p.next);
    p.inner_bytes = (uint32_t)n - header;
    p.esp_bytes = seal_bytes(&tool.world.suite, p.inner_bytes);
    memcpy(esp + seal_inner_offset(&tool.world.suite), inner + header, p.inner_bytes);
    atomic_store(&child->out.next_sequence, sequence);
    if (!p.drop)
        seal_burst(&tool.world.side[0].crypt, &p, 1);
    if (p.drop)
        puts(drop_name(p.drop));
    else
        answer(esp, p.esp_bytes);
}

// As from 10.1.0.2 or fd00:1::2, and so are the packets inside that it may have lost its header to.
static void open(uint64_t sequence, uint8_t *esp, size_t n, unsigned family)
{
    struct endpoint ends[2] = {{.port = 4500}, {.port = 4500}};
    struct open_packet p = {.esp = esp, .esp_bytes = (uint32_t)n, .local = &ends[0], .remote = &ends[1]};

    world_require(!address_parse(family == 4 ? "10.2.0.2" : "fd00:2::2", &ends[0].address) &&
                  !address_parse(family == 4 ? "10.1.0.2" : "fd00:1::2", &ends[1].address));
    if (tool.world.suite.esn) // so that the packet is in its lap
        atomic_store(&tool.world.side[1].child->in.replay.top, sequence - 1);
    open_burst(&tool.world.side[1].opener, &p, 1);
    if (p.drop)
        puts(drop_name(p.drop));
    else
        answer(p.inner, p.flow.total_bytes);
}

static void serve(char *line)
{
    static uint8_t packet[PACKET_MAX];
    char *rest, *verb = strtok_r(line, " \n", &rest), *suite = strtok_r(NULL, " \n", &rest);
    char *mode = strtok_r(NULL, " \n", &rest), *number = strtok_r(NULL, " \n", &rest);
    char *hex = strtok_r(NULL, " \n", &rest), *family = strtok_r(NULL, " \n", &rest);
    int n = hex ? bytes_from_hex(hex, packet, sizeof(packet)) : -1;

    if (n <= 0 || !set_world(suite, mode)) {
        puts("bad request");
        return;
    }
    if (!strcmp(verb, "seal"))
        seal(strtoull(number, NULL, 10), packet, (size_t)n);
    else
        open(strtoull(number, NULL, 10), packet, (size_t)n, family && *family == '6' ? 6 : 4);
}

int main(int argc, char **argv)
{
    static char line[3 * PACKET_MAX];

    tool.backend = cipher_backend_find(argc > 1 ? argv[1] : NULL);
    if (!tool.backend) {
        fprintf(stderr, "usage: esp-packet BACKEND\n");
        return 2;
    }
    while (fgets(line, sizeof(line), stdin)) {
        serve(line);
        fflush(stdout);
    }
    return 0;
}
