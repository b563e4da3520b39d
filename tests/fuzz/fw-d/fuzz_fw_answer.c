// Datagrams as they come from netlink sockets: every reader of messages gets every message.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <linux/netfilter/nfnetlink.h>

#include "fw-d/conntrack.h"
#include "fw-d/host.h"
#include "fw-d/link.h"
#include "fw-d/netlink.h"
#include "fw-d/sets.h"
#include "fw-d/survey.h"
#include "fw-d/table_reader.h"
#include "fw-d/tunnel_counters.h"
#include "fw-d/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Each message as a chain of somebody's and as a rule of it.
static void read_survey(const struct nlmsghdr *message)
{
    struct survey survey = {.tun = "bulkhead0"};
    struct finding findings[SURVEY_FINDINGS_MAX];

    if (mnl_nlmsg_get_payload_len(message) >= sizeof(struct nfgenmsg)) {
        (void)survey_take_chain(message, &survey);
        (void)survey_take_rule(message, &survey);
        (void)survey_finds_ike(message);
        (void)survey_judge(&survey, true, findings);
    }
    survey_done(&survey);
}

static int read_all(const struct nlmsghdr *message, void *arg)
{
    struct element_list list = {.map = *(const struct set_id *)arg};
    struct counter_value counters[COUNTER_COUNT];
    struct tunnel_counters counted = {0};
    struct conntrack_entry entry;
    struct host_address address;
    struct link link;
    struct table_maps maps = {.n = 0};
    uint32_t flags;

    (void)link_parse(message, &link);
    (void)host_parse_address(message, &address);
    (void)conntrack_parse(message, &entry);
    (void)watch_is_relevant(message);
    (void)table_take_counter(message, counters);
    (void)table_take_map(message, &maps);
    (void)table_take_flags(message, &flags);
    (void)table_take_elements(message, &list);
    free(list.policies);
    (void)tunnel_counters_take(message, &counted);
    tunnel_counters_merge(&counted);
    tunnel_counters_done(&counted);
    read_survey(message);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = size > 1 ? malloc(size - 1) : NULL; // aligned, as a socket's buffer is
    struct answer_error error = {0};
    struct set_id map = {.letter = SET_LETTER_FIRST};

    if (!copy)
        return 0;
    map.kind.family = data[0] & 1 ? 6 : 4;
    map.kind.is_masked = data[0] & 2;
    map.kind.masks = (struct masks){.remote_bits = data[0], .local_bits = 24, .local_port_bits = data[0] >> 4};
    memcpy(copy, data + 1, size - 1);
    (void)answer_walk(bytes_of(copy, size - 1), 0, read_all, &map, &error);
    free(copy);
    return 0;
}
