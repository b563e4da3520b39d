// New certificates and authorities: what they say, what is refused and with which words.
#include "tests/unit/pki-d/authority_stage.h"

START_TEST(issues_what_was_asked)
{
    char *names[] = {text("vpn.example"), text("192.0.2.1"), text("ip:2001:db8::1"), text("email:a@example.com")};
    struct issue_result result;
    struct stored_certificate *certificate;
    X509 *x509;

    make("root", "", PURPOSE(CA));
    ask_for("gw", "root", PURPOSE(TLS_SERVER));
    ask.subject.country = text("DE");
    ask.subject.organization = text("Größe");
    ask.template.alt_names = names;
    ask.template.n_alt_names = 4;
    ask.template.days = 10;
    ck_assert_msg(issue_asked(&result) == 0, "%s", op.text);
    issue_result_done(&result);
    certificate = find("gw");
    ck_assert_str_eq(certificate->info->subject, "CN=gw,O=Größe,C=DE");
    ck_assert_str_eq(certificate->info->issuer, "root");
    ck_assert_str_eq(certificate->info->issuer_subject, "CN=root");
    ck_assert_str_eq(certificate->info->key_type, "ec-p256");
    ck_assert_str_eq(certificate->info->alt_names[0], "dns:vpn.example");
    ck_assert_str_eq(certificate->info->alt_names[1], "ip:192.0.2.1");
    ck_assert_str_eq(certificate->info->extended_key_usage[1], "ipsecIKE");
    ck_assert(certificate->info->has_key);
    ck_assert_int_eq(certificate->info->not_after->seconds - certificate->info->not_before->seconds, 10 * DAY);
    ck_assert_int_eq(certificate->info->state, STATE(VALID));
    ck_assert_uint_le(certificate->serial.n, 16);
    x509 = x509_of("gw");
    ck_assert_int_eq(X509_check_host(x509, "vpn.example", 0, 0, NULL), 1);
    ck_assert_int_eq(X509_check_ip_asc(x509, "2001:db8::1", 0), 1);
    ck_assert_int_eq(X509_check_email(x509, "a@example.com", 0, 0), 1);
    ck_assert_int_eq(X509_check_purpose(x509, X509_PURPOSE_SSL_SERVER, 0), 1);
    ck_assert_int_eq(X509_check_purpose(x509, X509_PURPOSE_SSL_CLIENT, 0), 0);
    X509_free(x509);
    store_certificate_free(certificate);
    now += 11 * DAY;
    ck_assert_int_eq(state_of("gw"), STATE(EXPIRED));
}
END_TEST

START_TEST(refuses_by_name)
{
    char *bad_name[] = {text("dns:-bad-")}, *bad_url[] = {text("https://x")}, *client[] = {text("amiga")};

    make("root", "", PURPOSE(CA));
    ask_for("a b", "root", PURPOSE(TLS_CLIENT));
    assert_refused("template.name: \"a b\"");
    ask_for("root", "root", PURPOSE(TLS_CLIENT));
    assert_refused("is there already");
    ask_for("x", "nowhere", PURPOSE(TLS_CLIENT));
    assert_refused("issuer: \"nowhere\": no authority");
    ask_for("x", "", PURPOSE(TLS_CLIENT));
    assert_refused("issuer: required");
    ask_for("x", "root", PURPOSE(UNSPECIFIED));
    assert_refused("purpose: required");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.subject.common_name = text("");
    assert_refused("template.subject.common_name: required");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.subject.country = text("D1");
    assert_refused("template.subject.country: \"D1\"");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.subject.organization = text("\xff");
    assert_refused("template.subject.organization: not UTF-8");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.template.days = 9000;
    assert_refused("template.days: 9000: its issuer \"root\" expires in 36");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.template.alt_names = bad_name;
    ask.template.n_alt_names = 1;
    assert_refused("template.alt_names[0]: \"dns:-bad-\": not a DNS name");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.template.crl_urls = bad_url;
    ask.template.n_crl_urls = 1;
    assert_refused("template.crl_urls[0]: \"https://x\"");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.template.for_clients = client;
    ask.template.n_for_clients = 1;
    assert_refused("template.for_clients[0]: \"amiga\"");
    ask_for("x", "root", PURPOSE(TLS_CLIENT));
    ask.template.key_type = (Bulkhead__V1__KeyType)99;
    assert_refused("template.key_type: 99");
}
END_TEST

START_TEST(refuses_what_a_client_would_not_take)
{
    char *clients[] = {text("ios")};
    struct issue_result result;

    make("root", "", PURPOSE(CA));
    ask_for("gw", "root", PURPOSE(TLS_SERVER));
    ask.template.for_clients = clients;
    ask.template.n_for_clients = 1;
    assert_refused("missing-san");
    ck_assert_int_eq(store_certificate_exists(store, bytes_of_str("gw")), 0);
    ask.template.force = true;
    ck_assert_int_eq(issue_asked(&result), 0);
    ck_assert_uint_gt(result.findings.n, 0);
    issue_result_done(&result);
}
END_TEST

START_TEST(bounds_paths)
{
    make("root", "", PURPOSE(CA));
    make("sub", "root", PURPOSE(CA));
    ask_for("below", "sub", PURPOSE(CA));
    assert_refused("path length 0");
    ask_for("deep", "root", PURPOSE(CA));
    ask.authority.path_length_presence_case = BULKHEAD__V1__CREATE_AUTHORITY_REQUEST__PATH_LENGTH_PRESENCE_PATH_LENGTH;
    ask.authority.path_length = 1;
    struct issue_result result;
    ck_assert_int_eq(issue_asked(&result), 0);
    ck_assert_int_eq(result.certificate->info->path_length, 1);
    issue_result_done(&result);
    ask_for("deeper", "deep", PURPOSE(CA));
    ask.authority.path_length_presence_case = BULKHEAD__V1__CREATE_AUTHORITY_REQUEST__PATH_LENGTH_PRESENCE_PATH_LENGTH;
    ask.authority.path_length = 1;
    assert_refused("path_length: 1: at most 0");
}
END_TEST

START_TEST(never_outlives_the_issuer)
{
    struct stored_certificate *certificate, *issuer;

    make("root", "", PURPOSE(CA));
    now += 3400 * DAY;
    make("late", "root", PURPOSE(TLS_CLIENT)); // 397 days by default
    certificate = find("late");
    issuer = find("root");
    ck_assert_int_eq(certificate->info->not_after->seconds, issuer->info->not_after->seconds);
    store_certificate_free(certificate);
    store_certificate_free(issuer);
    now += 300 * DAY;
    ask_for("later", "root", PURPOSE(TLS_CLIENT));
    assert_refused("has expired");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        issues_what_was_asked, refuses_by_name,           refuses_what_a_client_would_not_take,
        bounds_paths,          never_outlives_the_issuer,
    };

    return run_stage(tests, RUN_COUNT(tests));
}
