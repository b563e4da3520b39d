#include "fw-d/overview.h"

#include <errno.h>

#include "fw-d/fw_limits.h"
#include "fw-d/table_reader.h"

#define KIND(name) BULKHEAD__V1__FIREWALL_FINDING_KIND__FIREWALL_FINDING_KIND_##name

// In the order of enum firewall_warning.
static const struct {
    Bulkhead__V1__FirewallFindingKind kind;
    const char *where;
    const char *cure;
} warning_findings[FIREWALL_WARNINGS] = {
    {KIND(NO_TUN), "the TUN", "restart esp-d, which makes it"},
    {KIND(FORWARDING_OFF), "net.ipv4.ip_forward", "sysctl -w net.ipv4.ip_forward=1"},
    {KIND(FORWARDING_OFF), "net.ipv6.conf.all.forwarding", "sysctl -w net.ipv6.conf.all.forwarding=1"},
    {KIND(STRICT_SOURCE), "net.ipv4.conf.all.rp_filter", "sysctl -w net.ipv4.conf.all.rp_filter=0"},
    {KIND(TABLE_NOT_OWNED), "table inet bulkhead", "use a kernel from 6.9 on"},
    {KIND(TABLE_NOT_OWNED), "table inet bulkhead", "use a kernel from 6.9 on"},
};

static const Bulkhead__V1__FirewallFindingKind finding_kinds[] = {
    [FINDING_FORWARD_DROPS] = KIND(FORWARD_DROPS),
    [FINDING_INPUT_DROPS] = KIND(INPUT_DROPS),
    [FINDING_NAT_TOO_EARLY] = KIND(NAT_TOO_EARLY),
    [FINDING_FLOWTABLE] = KIND(FLOWTABLE),
};

static char *lent(const char *text) // protobuf-c knows no const
{
    return (char *)(uintptr_t)text;
}

static Bulkhead__V1__FirewallFinding *add_finding(struct overview *overview, Bulkhead__V1__FirewallFindingKind kind)
{
    size_t i = overview->firewall.n_findings++;
    Bulkhead__V1__FirewallFinding *finding = &overview->findings[i];

    bulkhead__v1__firewall_finding__init(finding);
    finding->kind = kind;
    overview->finding_pointers[i] = finding;
    return finding;
}

static void put_warnings(struct overview *overview, unsigned warnings)
{
    for (unsigned i = 0; i < FIREWALL_WARNINGS; i++) {
        Bulkhead__V1__FirewallFinding *finding;

        if (!(warnings & 1u << i))
            continue;
        finding = add_finding(overview, warning_findings[i].kind);
        finding->where = lent(warning_findings[i].where);
        finding->problem = lent(firewall_warning_text(1u << i));
        finding->cure = lent(warning_findings[i].cure);
    }
}

static void put_survey(struct overview *overview, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        Bulkhead__V1__FirewallFinding *finding = add_finding(overview, finding_kinds[overview->found[i].kind]);

        finding->where = overview->found[i].where;
        finding->problem = overview->found[i].problem;
        finding->cure = overview->found[i].cure;
    }
}

static uint64_t count_untracked(const struct intent *intent)
{
    uint64_t n = 0;

    for (size_t i = 0; i < intent->n; i++)
        n += intent->policies[i].notrack;
    return n;
}

static void put_counters(struct overview *overview, const struct counter_value *values)
{
    for (int i = 0; i < COUNTER_COUNT; i++) {
        Bulkhead__V1__FirewallCounter *counter = &overview->counters[i];

        bulkhead__v1__firewall_counter__init(counter);
        counter->name = lent(table_counter_name((enum table_counter)i));
        counter->packets = values[i].packets;
        counter->bytes = values[i].bytes;
        overview->counter_pointers[i] = counter;
    }
    overview->firewall.counters = overview->counter_pointers;
    overview->firewall.n_counters = COUNTER_COUNT;
}

static const char *ownership(uint32_t flags)
{
    return flags == TABLE_OWNED_PERSISTENT ? "owned, persistent" : flags == TABLE_OWNED ? "owned" : "open";
}

static int put_table(struct firewall *firewall, struct overview *overview)
{
    struct counter_value counters[COUNTER_COUNT] = {0};
    int r;

    if (!firewall->stands)
        return 0;
    r = table_read_counters(&firewall->nft, counters);
    if (r == 0)
        r = table_read_maps(&firewall->nft, &overview->maps);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    for (size_t i = 0; i < overview->maps.n; i++)
        overview->map_names[i] = overview->maps.names[i];
    overview->firewall.maps = overview->map_names;
    overview->firewall.n_maps = overview->maps.n;
    overview->firewall.stands = true;
    overview->firewall.ownership = lent(ownership(firewall->flags));
    put_counters(overview, counters);
    return 0;
}

int overview_take(struct firewall *firewall, struct overview *overview)
{
    struct survey survey = {0};
    size_t found = 0;
    int r;

    bulkhead__internal__v1__fw_overview_response__init(&overview->response);
    bulkhead__v1__get_firewall_response__init(&overview->firewall);
    r = put_table(firewall, overview);

    if (r == 0)
        r = survey_read(&firewall->nft, firewall->tun, &survey);
    if (r == 0)
        found = survey_judge(&survey, count_untracked(&firewall->intent) > 0, overview->found);
    survey_done(&survey);
    if (r < 0)
        return r;
    overview->firewall.policies = firewall->intent.n;
    overview->firewall.policies_with_bypasses = firewall->standing_n;
    overview->firewall.policies_untracked = count_untracked(&firewall->intent);
    put_warnings(overview, firewall->warnings);
    put_survey(overview, found);
    overview->firewall.findings = overview->finding_pointers;
    overview->response.firewall = &overview->firewall;
    return 0;
}
