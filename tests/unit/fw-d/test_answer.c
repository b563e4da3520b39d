// What the kernel answers, read from messages made by hand.
#include <errno.h>
#include <netinet/in.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "fw-d/conntrack.h"
#include "fw-d/host.h"
#include "fw-d/link.h"
#include "fw-d/netlink.h"
#include "fw-d/watch.h"
#include "lib/net/marks.h"
#include "tests/unit/fw-d/policies.h"
#include "tests/unit/lib/run.h"

#define SEQ 77u

// Aligned as the kernel's are.
struct datagram {
    _Alignas(8) uint8_t b[2048];
};

static struct nlmsghdr *start_message(void *at, uint16_t type, uint32_t seq)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(at);

    message->nlmsg_type = type;
    message->nlmsg_seq = seq;
    return message;
}

static size_t put_error(void *at, uint32_t seq, int error)
{
    struct nlmsghdr *message = start_message(at, NLMSG_ERROR, seq);
    struct nlmsgerr *e = mnl_nlmsg_put_extra_header(message, sizeof(*e));

    e->error = error;
    return NLMSG_ALIGN(message->nlmsg_len);
}

static int count_message(const struct nlmsghdr *message, void *arg)
{
    (void)message;
    return ++*(int *)arg == 3 ? -EBADMSG : 0;
}

START_TEST(acknowledgements_and_errors)
{
    static const struct {
        int error;
        enum answer answer;
        int expected;
    } cases[] = {
        {0, ANSWER_DONE, 0},
        {-EPERM, ANSWER_ERROR, -EPERM},
        {EPERM, ANSWER_ERROR, -EBADMSG}, // the kernel's are negative
        {-100000, ANSWER_ERROR, -EBADMSG},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct answer_error error = {0};
        struct datagram d;
        size_t n = put_error(d.b, SEQ, cases[i].error);

        ck_assert_int_eq(answer_walk(bytes_of(d.b, n), SEQ, NULL, NULL, &error), cases[i].answer);
        ck_assert_int_eq(error.error, cases[i].expected);
        ck_assert_uint_eq(error.seq, cases[i].answer == ANSWER_ERROR ? SEQ : 0);
        // an answer to another request is none to this one
        ck_assert_int_eq(answer_walk(bytes_of(d.b, n), SEQ + 1, NULL, NULL, &error), ANSWER_MORE);
    }
}
END_TEST

START_TEST(dumps_end_by_done_or_by_the_taker)
{
    struct answer_error error = {0};
    struct datagram d;
    int taken = 0;
    size_t n = 0;

    for (int i = 0; i < 2; i++)
        n += NLMSG_ALIGN(start_message(d.b + n, RTM_NEWLINK, SEQ)->nlmsg_len);
    ck_assert_int_eq(answer_walk(bytes_of(d.b, n), SEQ, count_message, &taken, &error), ANSWER_MORE);
    ck_assert_int_eq(taken, 2);
    n += NLMSG_ALIGN(start_message(d.b + n, NLMSG_DONE, SEQ)->nlmsg_len);
    taken = 0;
    ck_assert_int_eq(answer_walk(bytes_of(d.b, n), SEQ, count_message, &taken, &error), ANSWER_DONE);
    ck_assert_int_eq(taken, 2);
    taken = 2;
    ck_assert_int_eq(answer_walk(bytes_of(d.b, n), SEQ, count_message, &taken, &error), ANSWER_ERROR);
    ck_assert_int_eq(error.error, -EBADMSG);
}
END_TEST

START_TEST(a_dump_may_end_in_an_error)
{
    struct answer_error error = {0};
    struct datagram d;
    struct nlmsghdr *message = start_message(d.b, NLMSG_DONE, SEQ);
    int *code = mnl_nlmsg_put_extra_header(message, sizeof(*code));

    *code = -ENOENT;
    ck_assert_int_eq(answer_walk(bytes_of(d.b, message->nlmsg_len), SEQ, NULL, NULL, &error), ANSWER_ERROR);
    ck_assert_int_eq(error.error, -ENOENT);
}
END_TEST

START_TEST(a_cut_datagram_is_an_error)
{
    struct answer_error error = {0};
    struct datagram d;
    size_t n = put_error(d.b, SEQ, 0);

    for (size_t cut = 1; cut < n; cut++)
        ck_assert_int_eq(answer_walk(bytes_of(d.b, cut), SEQ, NULL, NULL, &error), ANSWER_ERROR);
    ck_assert_int_eq(error.error, -EBADMSG);
}
END_TEST

static void put_devconf(struct nlmsghdr *message, uint32_t rp_filter)
{
    uint32_t values[IPV4_DEVCONF_MAX] = {[IPV4_DEVCONF_RP_FILTER - 1] = rp_filter};
    struct nlattr *nest = mnl_attr_nest_start(message, AF_INET);

    mnl_attr_put(message, IFLA_INET_CONF, sizeof(values), values);
    mnl_attr_nest_end(message, nest);
}

START_TEST(links_are_read)
{
    struct datagram d;
    struct nlmsghdr *message = start_message(d.b, RTM_NEWLINK, SEQ);
    struct ifinfomsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
    struct nlattr *spec, *nest;
    struct link link;

    header->ifi_index = 9;
    header->ifi_flags = IFF_UP;
    mnl_attr_put_u32(message, IFLA_MTU, 1400);
    spec = mnl_attr_nest_start(message, IFLA_AF_SPEC);
    put_devconf(message, 2);
    nest = mnl_attr_nest_start(message, AF_INET6);
    mnl_attr_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_EUI64);
    mnl_attr_nest_end(message, nest);
    mnl_attr_nest_end(message, spec);
    ck_assert_int_eq(link_parse(message, &link), 0);
    ck_assert_int_eq(link.index, 9);
    ck_assert_uint_eq(link.mtu_bytes, 1400);
    ck_assert(link.up && link.strict_source && link.has_ipv6 && link.makes_addresses);
    message->nlmsg_len = NLMSG_LENGTH(sizeof(*header) - 1);
    ck_assert_int_eq(link_parse(message, &link), -EBADMSG);
}
END_TEST

START_TEST(addresses_give_their_network)
{
    struct address a;
    struct host_address host;
    struct range expected;
    struct datagram d;
    struct nlmsghdr *message = start_message(d.b, RTM_NEWADDR, SEQ);
    struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

    header->ifa_index = 3;
    header->ifa_prefixlen = 20;
    ck_assert_int_eq(host_parse_address(message, &host), -EBADMSG); // no address
    ck_assert_int_eq(address_parse("10.1.18.7", &a), 0);
    mnl_attr_put(message, IFA_ADDRESS, 4, a.b);
    ck_assert_int_eq(host_parse_address(message, &host), 0);
    ck_assert_int_eq(range_parse("10.1.16.0/20", &expected), 0);
    ck_assert_int_eq(host.index, 3);
    ck_assert(range_equal(&host.network, &expected));
    header->ifa_prefixlen = 33;
    ck_assert_int_eq(host_parse_address(message, &host), -EBADMSG);
}
END_TEST

static void put_tuple(struct nlmsghdr *message, uint16_t type, const char *source, const char *destination)
{
    struct nlattr *tuple = mnl_attr_nest_start(message, type), *nest = mnl_attr_nest_start(message, CTA_TUPLE_IP);
    struct address a;

    ck_assert_int_eq(address_parse(source, &a), 0);
    mnl_attr_put(message, a.family == 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, address_size(&a), a.b);
    ck_assert_int_eq(address_parse(destination, &a), 0);
    mnl_attr_put(message, a.family == 4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, address_size(&a), a.b);
    mnl_attr_nest_end(message, nest);
    nest = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(message, CTA_PROTO_NUM, IPPROTO_UDP);
    mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(1000));
    mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(53));
    mnl_attr_nest_end(message, nest);
    mnl_attr_nest_end(message, tuple);
}

static struct nlmsghdr *start_connection(struct datagram *d)
{
    struct nlmsghdr *message = start_message(d->b, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, SEQ);
    struct nfgenmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

    header->nfgen_family = AF_INET;
    return message;
}

START_TEST(connections_are_read)
{
    struct conntrack_entry entry;
    struct datagram d;
    struct nlmsghdr *message = start_connection(&d);
    struct flow expected = flow_of("10.1.0.2", "10.2.0.2", IPPROTO_UDP, 1000, 53);

    ck_assert_int_eq(conntrack_parse(message, &entry), -EBADMSG);
    put_tuple(message, CTA_TUPLE_REPLY, "10.2.0.2", "192.0.2.1");
    ck_assert_int_eq(conntrack_parse(message, &entry), -EBADMSG); // not the first packet's
    put_tuple(message, CTA_TUPLE_ORIG, "10.1.0.2", "10.2.0.2");
    ck_assert_int_eq(conntrack_parse(message, &entry), 0);
    ck_assert(address_equal(&entry.source, &expected.local));
    ck_assert(address_equal(&entry.destination, &expected.remote));
    ck_assert_uint_eq(entry.protocol, IPPROTO_UDP);
    ck_assert_uint_eq(entry.source_port, 1000);
    ck_assert_uint_eq(entry.destination_port, 53);
}
END_TEST

START_TEST(news_about_other_route_tables_are_none)
{
    struct datagram d;
    struct nlmsghdr *message = start_message(d.b, RTM_DELROUTE, SEQ);

    ck_assert(!watch_is_relevant(message)); // cut off
    mnl_nlmsg_put_extra_header(message, sizeof(struct rtmsg));
    ck_assert(!watch_is_relevant(message));
    mnl_attr_put_u32(message, RTA_TABLE, RT_TABLE_MAIN);
    ck_assert(!watch_is_relevant(message));
    message = start_message(d.b, RTM_DELROUTE, SEQ);
    mnl_nlmsg_put_extra_header(message, sizeof(struct rtmsg));
    mnl_attr_put_u32(message, RTA_TABLE, ROUTE_TABLE);
    ck_assert(watch_is_relevant(message));
    ck_assert(watch_is_relevant(start_message(d.b, RTM_DELRULE, SEQ)));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {acknowledgements_and_errors,
                                  dumps_end_by_done_or_by_the_taker,
                                  a_dump_may_end_in_an_error,
                                  a_cut_datagram_is_an_error,
                                  links_are_read,
                                  addresses_give_their_network,
                                  connections_are_read,
                                  news_about_other_route_tables_are_none};

    return run_tests("answer", tests, RUN_COUNT(tests));
}
