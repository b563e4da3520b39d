// The same proposal, policy and identities in the words of each kind of gateway; and which kind a vendor id stands for.
#include <check.h>
#include <string.h>

#include "ike-d/nego/dialect.h"
#include "tests/unit/lib/run.h"

static struct proposal read_as(enum proposal_protocol protocol, const char *text)
{
    struct proposal p;
    char error[256];
    ck_assert_msg(proposal_parse(text, protocol, &p, error, sizeof(error)) == 0, "%s", error);
    return p;
}

// NULL: can't be done there.
static const struct {
    enum vendor vendor;
    enum proposal_protocol protocol;
    const char *proposal;
    const char *words;
} proposals[] = {
    {VENDOR_BULKHEAD, PROPOSAL_IKE, "aes256-sha256-modp2048", "ike_proposals: [aes256-sha256-modp2048]"},
    {VENDOR_STRONGSWAN, PROPOSAL_IKE, "aes256gcm16-prfsha384-ecp384",
     "connections.NAME.proposals = aes256gcm16-prfsha384-ecp384"},
    {VENDOR_STRONGSWAN, PROPOSAL_ESP, "aes256gcm16", "connections.NAME.children.CHILD.esp_proposals = aes256gcm16"},
    {VENDOR_ROUTEROS, PROPOSAL_IKE, "aes256gcm16-prfsha384-ecp384", NULL},
    {VENDOR_ROUTEROS, PROPOSAL_IKE, "aes256-aes128-sha256-modp2048-ecp256",
     "/ip ipsec profile set PROFILE enc-algorithm=aes-256,aes-128 hash-algorithm=sha256 dh-group=modp2048,ecp256"},
    {VENDOR_ROUTEROS, PROPOSAL_ESP, "aes256gcm16-ecp384",
     "/ip ipsec proposal set PROPOSAL enc-algorithms=aes-256-gcm auth-algorithms=null pfs-group=ecp384"},
    {VENDOR_ROUTEROS, PROPOSAL_ESP, "aes128-sha1",
     "/ip ipsec proposal set PROPOSAL enc-algorithms=aes-128-cbc auth-algorithms=sha1 pfs-group=none"},
    {VENDOR_CISCO, PROPOSAL_IKE, "aes256gcm16-prfsha384-ecp384",
     "crypto ikev2 proposal NAME\n encryption aes-gcm-256\n prf sha384\n group 20"},
    {VENDOR_CISCO, PROPOSAL_IKE, "aes128-sha256-modp2048",
     "crypto ikev2 proposal NAME\n encryption aes-cbc-128\n integrity sha256\n prf sha256\n group 14"},
    {VENDOR_CISCO, PROPOSAL_ESP, "aes256-sha256-modp2048",
     "crypto ipsec transform-set NAME esp-aes 256 esp-sha256-hmac\ncrypto ipsec profile NAME\n set pfs group14"},
    {VENDOR_CISCO, PROPOSAL_ESP, "aes256gcm16",
     "crypto ipsec transform-set NAME esp-gcm 256\ncrypto ipsec profile NAME\n no set pfs"},
    {VENDOR_CISCO, PROPOSAL_ESP, "chacha20poly1305", NULL},
};

START_TEST(proposals_in_words)
{
    const struct dialect *dialect = dialect_of(proposals[_i].vendor);
    struct proposal p = read_as(proposals[_i].protocol, proposals[_i].proposal);
    char text[480];
    bool can = proposals[_i].protocol == PROPOSAL_IKE ? dialect->ike_proposal(&p, text, sizeof(text))
                                                      : dialect->esp_proposal(&p, text, sizeof(text));
    ck_assert_int_eq(can, proposals[_i].words != NULL);
    if (can) {
        ck_assert_str_eq(text, proposals[_i].words);
    }
}
END_TEST

static struct selector selector(const char *text)
{
    struct selector s;
    const char *error;
    ck_assert_int_eq(selector_parse(text, "", "", &s, &error), 0);
    return s;
}

static const struct {
    enum vendor vendor;
    const char *policy;
    const char *identities;
} mirrored[] = {
    {VENDOR_BULKHEAD, "policies: [{local: 10.2.0.0/24, remote: 10.1.0.0/24}]",
     "local: {id: \"fqdn:b.example\"}\nremote: {id: \"keyid:0a0b\"}"},
    {VENDOR_STRONGSWAN,
     "connections.NAME.children.CHILD.local_ts = 10.2.0.0/24\nconnections.NAME.children.CHILD.remote_ts = 10.1.0.0/24",
     "connections.NAME.local.id = @b.example\nconnections.NAME.remote.id = @#0a0b"},
    {VENDOR_ROUTEROS,
     "/ip ipsec policy set [find peer=PEER] src-address=10.2.0.0/24 dst-address=10.1.0.0/24 tunnel=yes level=unique",
     "/ip ipsec identity set [find peer=PEER] my-id=fqdn:b.example remote-id=key-id:0a0b"},
    {VENDOR_CISCO,
     "access-list NAME permit ip 10.2.0.0 0.0.0.255 10.1.0.0 0.0.0.255 (a crypto map's; one entry a pair of networks)",
     "crypto ikev2 profile NAME\n identity local fqdn b.example\n match identity remote key-id 0a0b"},
};

// What is local here is remote there.
START_TEST(policies_and_identities_in_words)
{
    const struct dialect *dialect = dialect_of(mirrored[_i].vendor);
    struct selector_pair pair = {.local = selector("10.1.0.0/24"), .remote = selector("10.2.0.0/24")};
    struct identity peer, own;
    char text[480];
    ck_assert_int_eq(identity_parse("fqdn:b.example", &peer), 0);
    ck_assert_int_eq(identity_parse("keyid:0a0b", &own), 0);
    dialect->policy(&pair, text, sizeof(text));
    ck_assert_str_eq(text, mirrored[_i].policy);
    dialect->identities(&peer, &own, text, sizeof(text));
    ck_assert_str_eq(text, mirrored[_i].identities);
}
END_TEST

START_TEST(vendors)
{
    struct bytes ids[3] = {bytes_of_str("what is this"), bytes_of_str("CISCO-DELETE-REASON"), vendor_own_id()};
    ck_assert_int_eq(vendor_find(ids, 0), VENDOR_UNKNOWN);
    ck_assert_int_eq(vendor_find(ids, 1), VENDOR_UNKNOWN);
    ck_assert_int_eq(vendor_find(ids, 3), VENDOR_CISCO);
    ck_assert_int_eq(vendor_find(&ids[2], 1), VENDOR_BULKHEAD);
    ids[0] = bytes_of_str("OE-Libreswan-4.12");
    ck_assert_int_eq(vendor_find(ids, 1), VENDOR_LIBRESWAN);
    ids[0] = bytes_of_str("CISC");
    ck_assert_int_eq(vendor_find(ids, 1), VENDOR_UNKNOWN);
    for (unsigned vendor = VENDOR_BULKHEAD; vendor <= VENDOR_ROUTEROS; vendor++) {
        ck_assert_uint_gt(strlen(vendor_name((enum vendor)vendor)), 3);
    }
    ck_assert_ptr_null(dialect_of(VENDOR_WINDOWS));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("dialects");
    TCase *t = tcase_create("words");
    tcase_add_loop_test(t, proposals_in_words, 0, sizeof(proposals) / sizeof(proposals[0]));
    tcase_add_loop_test(t, policies_and_identities_in_words, 0, sizeof(mirrored) / sizeof(mirrored[0]));
    tcase_add_test(t, vendors);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
