// What is signed with a certificate's key, as whom, and whom a tunnel trusts: a store with a root, an issuer in between
// and end certificates of each kind of key.
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/v1/tunnel.pb-c.h"
#include "lib/core/log.h"
#include "lib/core/wiping.h"
#include "lib/crypto/prf.h"
#include "pki-d/sign.h"
#include "pki-d/sign_account.h"
#include "pki-d/store_audit.h"
#include "pki-d/store_key.h"
#include "pki-d/store_revocation.h"
#include "pki-d/trust.h"
#include "tests/unit/lib/run.h"

#define NOW 1800000000ll
#define ALL (1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5)

#define PRF_HMAC_SHA2_256 5

static char folder[32];
static struct store *store;
static struct bindings *bindings;

static int64_t add_authority(const char *name)
{
    struct stored_authority authority = {.has_key = true};
    int64_t id;

    snprintf(authority.name, sizeof(authority.name), "%s", name);
    ck_assert_int_eq(store_authority_add(store, &authority, &id), 0);
    return id;
}

struct order {
    const char *name;
    const char *key; // "RSA", "P-256" ...; NULL: not here
    const char *alt_name;
    int64_t authority;
    int64_t until; // 0: long
    bool is_authority;
    uint8_t serial;
};

static EVP_PKEY *make_key(const char *kind)
{
    EVP_PKEY *key;

    if (strcmp(kind, "RSA") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    else if (strcmp(kind, "ED25519") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
    ck_assert_ptr_nonnull(key);
    return key;
}

// SEQUENCE { SET { SEQUENCE { commonName, UTF8String name } } }
static size_t subject_of(const char *name, uint8_t *out)
{
    uint8_t n = (uint8_t)strlen(name);
    const uint8_t head[] = {
        0x30, (uint8_t)(n + 11), 0x31, (uint8_t)(n + 9), 0x30, (uint8_t)(n + 7), 6, 3, 0x55, 4, 3, 0x0c, n};

    memcpy(out, head, sizeof(head));
    memcpy(out + sizeof(head), name, n);
    return sizeof(head) + n;
}

// The key that it got, or NULL.
static EVP_PKEY *add(const struct order *order)
{
    Google__Protobuf__Timestamp from = GOOGLE__PROTOBUF__TIMESTAMP__INIT, until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Bulkhead__V1__Certificate info = BULKHEAD__V1__CERTIFICATE__INIT;
    char *alt_names[] = {(char *)(uintptr_t)order->alt_name}, der[80], subject[80];
    EVP_PKEY *key = order->key ? make_key(order->key) : NULL;
    uint8_t subject_der[128], sha256[32];
    struct stored_certificate certificate = {.authority = order->authority, .info = &info};
    int64_t id;

    snprintf(der, sizeof(der), "DER of %s", order->name);
    snprintf(subject, sizeof(subject), "CN=%s", order->name);
    from.seconds = NOW - 1000;
    until.seconds = order->until ? order->until : NOW + 1000000;
    info.name = (char *)(uintptr_t)order->name;
    info.subject = subject;
    info.issuer_subject = strcmp(order->name, "root") == 0 ? subject : (char *)(uintptr_t) "CN=another";
    info.is_authority = order->is_authority;
    info.not_before = &from;
    info.not_after = &until;
    info.alt_names = alt_names;
    info.n_alt_names = order->alt_name ? 1 : 0;
    certificate.serial = bytes_of(&order->serial, 1);
    certificate.der = bytes_of_str(der);
    certificate.public_key = bytes_of_str(order->name);
    certificate.subject_der = bytes_of(subject_der, subject_of(order->name, subject_der));
    ck_assert_int_eq(EVP_Digest(der, strlen(der), sha256, NULL, EVP_sha256(), NULL), 1);
    certificate.sha256 = bytes_of(sha256, sizeof(sha256));
    if (key)
        ck_assert_int_eq(store_key_add(store, bytes_of_str(order->name), key, &certificate.key), 0);
    ck_assert_int_eq(store_certificate_add(store, &certificate, &id), 0);
    return key;
}

static struct binding binding_of(const char *tunnel, const char *certificate)
{
    return (struct binding){.tunnel = tunnel,
                            .secret = "",
                            .other_secret = "",
                            .ppk_secret = "",
                            .certificate = certificate,
                            .remote_id_text = ""};
}

static void bind_tunnel(const struct binding *binding)
{
    ck_assert_int_eq(bindings_begin_page(bindings, 1), 0);
    ck_assert_int_eq(bindings_add(bindings, binding), 0);
    bindings_commit(bindings);
}

static int64_t root_id, sub_id;

static void set_up(void)
{
    const struct master_key key = {.b = {42}};
    char error[STORE_ERROR_MAX];

    log_init("test", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT);
    strcpy(folder, "/tmp/bh-sign-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_msg(store_open(folder, &key, &store, error) == 0, "%s", error);
    bindings = bindings_new();
    root_id = add_authority("root");
    sub_id = add_authority("sub");
    EVP_PKEY_free(add(&(struct order){"root", "P-256", NULL, root_id, .is_authority = true, .serial = 1}));
    EVP_PKEY_free(add(&(struct order){"sub", "P-256", NULL, root_id, .is_authority = true, .serial = 2}));
}

static int on_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void tear_down(void)
{
    bindings_free(bindings);
    store_close(store);
    nftw(folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
}

// An IKE_SA_INIT by its header.
static const uint8_t message[64] = {1, [17] = 0x20, [18] = 34, [27] = 64}, nonce[32] = {2}, sk_p[32] = {3};

static struct sign_request request_of(const char *tunnel, const struct identity *id, uint32_t hashes)
{
    return (struct sign_request){.tunnel = bytes_of_str(tunnel),
                                 .prf = PRF_HMAC_SHA2_256,
                                 .octets = {.message = bytes_of(message, sizeof(message)),
                                            .nonce = bytes_of(nonce, sizeof(nonce)),
                                            .sk_p = bytes_of(sk_p, sizeof(sk_p)),
                                            .id_type = (uint8_t)id->type,
                                            .id_data = bytes_of(id->data, id->n)},
                                 .peer_hashes = hashes};
}

static struct identity id_of(const char *text)
{
    struct identity id;

    ck_assert_int_eq(identity_parse(text, &id), 0);
    return id;
}

static void check_signature(EVP_PKEY *key, const struct sign_request *request, const struct sign_answer *answer)
{
    struct signature_scheme scheme;
    struct bytes value, data;

    ck_assert_int_eq(signature_scheme_parse(answer->method, bytes_of(answer->auth, answer->n), &scheme, &value), 0);
    ck_assert_int_eq(auth_octets_assemble(prf_find(PRF_HMAC_SHA2_256), &request->octets, &data), 0);
    ck_assert_int_eq(signature_verify(key, &scheme, data, value), 0);
    wiping_free((void *)(uintptr_t)data.p);
}

// Key, what the peer announced, PSS wanted -> method, hash; method 0: nothing.
static const struct {
    const char *key;
    uint32_t hashes;
    bool pss;
    uint8_t method;
    enum signature_key scheme;
    enum signature_hash hash;
} choices[] = {
    {"RSA", ALL, false, 14, SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA2_512},
    {"RSA", ALL, true, 14, SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_512},
    {"RSA", 1u << 1 | 1u << 2, true, 14, SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_256},
    {"RSA", 1u << 1, true, 1, SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA1},
    {"RSA", 0, false, 1, SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA1},
    {"P-256", ALL, false, 14, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_256},
    {"P-256", 1u << 3, false, 14, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_384},
    {"P-256", 0, false, 9, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_256},
    {"P-384", ALL, false, 14, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_384},
    {"P-384", 0, false, 10, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_384},
    {"P-521", 0, false, 11, SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_512},
    {"ED25519", ALL, false, 14, SIGNATURE_KEY_EDDSA, SIGNATURE_HASH_IDENTITY},
    {"ED25519", ALL & ~(1u << 5), false, 0, 0, 0},
    {"ED25519", 0, false, 0, 0, 0},
    {"secp256k1", ALL, false, 0, 0, 0},
};

START_TEST(chooses_what_the_peer_can_check)
{
    EVP_PKEY *key = make_key(choices[_i].key);
    struct signature_scheme scheme;
    uint8_t method;
    bool found = sign_choose(key, choices[_i].hashes, choices[_i].pss, &method, &scheme);

    ck_assert_int_eq(found, choices[_i].method != 0);
    if (found) {
        ck_assert_uint_eq(method, choices[_i].method);
        ck_assert_int_eq(scheme.key, choices[_i].scheme);
        ck_assert_int_eq(scheme.hash, choices[_i].hash);
        ck_assert_int_eq(scheme.is_plain, method >= 9 && method <= 11);
    }
    EVP_PKEY_free(key);
}
END_TEST

START_TEST(signs_as_the_tunnel_goes_by)
{
    static const char *const kinds[] = {"RSA", "P-256", "P-384", "P-521", "ED25519"};
    struct binding binding = binding_of("t", "gw");
    struct identity id = id_of("fqdn:gw.example");
    static const uint32_t hashes[] = {ALL, 0};

    EVP_PKEY *key = add(&(struct order){"gw", kinds[_i], "dns:gw.example", sub_id, .serial = 3});

    for (int pss = 0; pss < 2; pss++) {
        binding.rsa_padding = pss ? BULKHEAD__V1__RSA_PADDING__RSA_PADDING_PSS : 0;
        bind_tunnel(&binding);
        for (int i = 0; i < 2; i++) {
            struct sign_request request = request_of("t", &id, hashes[i]);
            static struct sign_answer answer;

            if (_i == 4 && i == 1) { // RFC 8420 needs the announcement
                ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_NO_SCHEME);
                continue;
            }
            ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_OK);
            check_signature(key, &request, &answer);
        }
    }
    EVP_PKEY_free(key);
}
END_TEST

START_TEST(signs_for_nobody_else)
{
    static const char *const others[] = {"fqdn:gw2.example", "fqdn:GW.example", "ipv4:192.0.2.1", "dn:CN=gw"};
    struct binding binding = binding_of("t", "gw");
    struct identity id = id_of("fqdn:gw.example");
    struct sign_request request;
    static struct sign_answer answer;

    EVP_PKEY_free(add(&(struct order){"gw", "P-256", "dns:gw.example", sub_id, .serial = 3}));
    bind_tunnel(&binding);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct identity other = id_of(others[i]);

        request = request_of("t", &other, ALL);
        ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_WRONG_IDENTITY);
    }
    request = request_of("another", &id, ALL);
    ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_NOT_BOUND);
    // Raw bytes: what is shorter than an IKE header, or longer than any message.
    request = request_of("t", &id, ALL);
    request.octets.message.n = 27;
    ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_BAD_REQUEST);
    request.octets.message.n = 32769;
    ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_BAD_REQUEST);
    // Of another version, exchange or length than an IKE_SA_INIT of that size.
    for (size_t at = 17; at <= 27; at = at == 18 ? 24 : at + 1) {
        uint8_t other[sizeof(message)];

        memcpy(other, message, sizeof(other));
        other[at] ^= 0x10;
        request = request_of("t", &id, ALL);
        request.octets.message.p = other;
        ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_BAD_REQUEST);
    }
    request = request_of("t", &id, ALL);
    ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_OK);
    request.octets.nonce.n = 15;
    ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_BAD_REQUEST);
    request = request_of("t", &id, ALL);
    request.octets.sk_p.n = 0;
    ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_BAD_REQUEST);
    request = request_of("t", &id, ALL);
    request.prf = 4711;
    ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_BAD_REQUEST);
}
END_TEST

START_TEST(says_what_is_missing)
{
    static const struct {
        const char *certificate, *text;
    } rows[] = {{"none", "there is none"},
                {"keyless", "private key"},
                {"old", "expired"},
                {"bad", "revoked"},
                {"sub", "authority's"}};
    struct identity id = id_of("fqdn:gw.example");
    struct store_revoked revoked = {.authority = sub_id, .serial = bytes_of("\x07", 1), .at = NOW - 5};
    struct sign_request request = request_of("t", &id, ALL);
    static struct sign_answer answer;

    add(&(struct order){"keyless", NULL, "dns:gw.example", sub_id, .serial = 5});
    EVP_PKEY_free(add(&(struct order){"old", "P-256", "dns:gw.example", sub_id, NOW - 1, .serial = 6}));
    EVP_PKEY_free(add(&(struct order){"bad", "P-256", "dns:gw.example", sub_id, .serial = 7}));
    ck_assert_int_eq(store_certificate_mark(store, &revoked), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct binding binding = binding_of("t", rows[i].certificate);

        bind_tunnel(&binding);
        ck_assert_int_eq(sign_auth(bindings, store, &request, NOW, &answer), SIGN_NO_CREDENTIAL);
        ck_assert_msg(strstr(answer.error, rows[i].text) && strstr(answer.error, rows[i].certificate), "%s",
                      answer.error);
    }
}
END_TEST

// Alternative name, configured identity -> what the tunnel goes by.
static const struct {
    const char *alt_name, *configured, *expected;
} ids[] = {
    {"dns:gw.example", NULL, "fqdn:gw.example"},
    {"ip:192.0.2.1", NULL, "ipv4:192.0.2.1"},
    {"ip:2001:db8::1", NULL, "ipv6:2001:db8::1"},
    {"email:gw@example.com", NULL, "email:gw@example.com"},
    {NULL, NULL, "dn:CN=gw"},
    {"dns:gw.example", "fqdn:other.example", "fqdn:other.example"},
    {"dns:gw.example", "dn:CN=GW", "dn:CN=gw"}, // as the certificate writes it
    {"dns:gw.example", "dn:CN=other", "dn:CN=other"},
};

START_TEST(goes_by_the_certificate_or_the_configuration)
{
    struct binding binding = binding_of("t", "gw");
    struct identity expected = id_of(ids[_i].expected);
    char error[CREDENTIAL_ERROR_MAX];
    struct credential credential;

    EVP_PKEY_free(add(&(struct order){"gw", "P-256", ids[_i].alt_name, sub_id, .serial = 3}));
    if (ids[_i].configured)
        binding.local_id = id_of(ids[_i].configured);
    ck_assert_int_eq(credential_load(store, &binding, NOW, &credential, error), 0);
    ck_assert_int_eq(credential.own_id.type, expected.type);
    if (_i == 4 || _i == 6) // what was written is a PrintableString
        ck_assert(
            bytes_equal(bytes_of(credential.own_id.data, credential.own_id.n), credential.certificate->subject_der));
    else
        ck_assert(identity_equal(&credential.own_id, &expected));
    credential_done(&credential);
}
END_TEST

START_TEST(sends_issuers_without_the_root)
{
    struct binding binding = binding_of("t", "gw");
    struct stored_certificate *issuers[STORE_CHAIN_MAX];
    char error[CREDENTIAL_ERROR_MAX];
    struct credential credential;
    size_t n;

    EVP_PKEY_free(add(&(struct order){"gw", "P-256", "dns:gw.example", sub_id, .serial = 3}));
    ck_assert_int_eq(credential_load(store, &binding, NOW, &credential, error), 0);
    ck_assert_int_eq(credential_issuers(store, &credential, NOW, issuers, &n), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert_str_eq(issuers[0]->info->name, "sub");
    store_certificate_free(issuers[0]);
    credential_done(&credential);
}
END_TEST

START_TEST(trusts_what_is_configured)
{
    struct binding binding = binding_of("t", "gw");
    char error[TRUST_ERROR_MAX];
    static struct trust trust;

    EVP_PKEY_free(add(&(struct order){"gw", "P-256", "dns:gw.example", sub_id, .serial = 3}));
    // By default its own issuer.
    ck_assert_int_eq(trust_find_anchors(store, &binding, NOW, &trust, error), 0);
    ck_assert_int_eq(trust_add_issuers(store, NOW, &trust), 0);
    ck_assert_uint_eq(trust.n, 1);
    ck_assert_str_eq(trust.list[0].authority.name, "sub");
    ck_assert(trust.list[0].is_anchor);
    trust_done(&trust);
    // The root, and what lies below it to build paths with.
    binding.authorities[0] = "root";
    binding.n_authorities = 1;
    ck_assert_int_eq(trust_find_anchors(store, &binding, NOW, &trust, error), 0);
    ck_assert_int_eq(trust_add_issuers(store, NOW, &trust), 0);
    ck_assert_uint_eq(trust.n, 2);
    ck_assert_str_eq(trust.list[1].authority.name, "sub");
    ck_assert(!trust.list[1].is_anchor);
    trust_done(&trust);
    binding.authorities[1] = "gone";
    binding.n_authorities = 2;
    ck_assert_int_eq(trust_find_anchors(store, &binding, NOW, &trust, error), -ENOENT);
    ck_assert_msg(strstr(error, "\"gone\"") != NULL, "%s", error);
    // What is no authority is nobody's anchor.
    binding.authorities[1] = "gw";
    ck_assert_int_eq(trust_find_anchors(store, &binding, NOW, &trust, error), -ENOENT);
}
END_TEST

START_TEST(trusts_no_revoked_authority)
{
    struct store_revoked revoked = {.authority = root_id, .serial = bytes_of("\x02", 1), .at = NOW - 5};
    struct binding binding = binding_of("t", "gw");
    char error[TRUST_ERROR_MAX];
    static struct trust trust;

    EVP_PKEY_free(add(&(struct order){"gw", "P-256", "dns:gw.example", sub_id, .serial = 3}));
    ck_assert_int_eq(store_certificate_mark(store, &revoked), 0);
    ck_assert_int_eq(trust_find_anchors(store, &binding, NOW, &trust, error), -ENOENT);
    ck_assert_msg(strstr(error, "\"sub\": it is revoked") != NULL, "%s", error);
    binding.authorities[0] = "sub";
    binding.authorities[1] = "root";
    binding.n_authorities = 2;
    ck_assert_int_eq(trust_find_anchors(store, &binding, NOW, &trust, error), 0);
    ck_assert_uint_eq(trust.n, 1);
    ck_assert_str_eq(trust.list[0].authority.name, "root");
    trust_done(&trust);
}
END_TEST

START_TEST(signatures_are_bounded_and_told)
{
    struct sign_account *account = sign_account_new();
    Bulkhead__V1__AuditRecord *records[8];
    int taken = 0;

    ck_assert_ptr_nonnull(account);
    while (taken < 100000 && sign_account_take(account, "t", 1000))
        taken++;
    ck_assert_int_eq(taken, SIGN_TUNNEL_BURST);
    ck_assert(sign_account_take(account, "another", 1000));
    ck_assert(sign_account_take(account, "t", 1000 + 1000 / SIGN_TUNNEL_PER_S));
    ck_assert(sign_account_count(account, "t", "gw"));
    ck_assert(!sign_account_count(account, "t", "gw"));
    ck_assert_int_eq(sign_account_write(account, store, NOW, false), 0);
    ck_assert_int_eq(sign_account_write(account, store, NOW, false), 0); // nothing new
    ck_assert(sign_account_count(account, "t", "gw"));
    ck_assert_int_eq(sign_account_write(account, store, NOW + 59, false), 1);
    ck_assert_int_eq(sign_account_write(account, store, NOW + 60, false), 0);
    ck_assert(sign_account_count(account, "t", "gw"));
    ck_assert_int_eq(sign_account_write(account, store, NOW + 61, true), 0); // the end
    ck_assert_int_eq(store_audit_list(store, 0, records, 8), 3);
    ck_assert_str_eq(records[2]->detail, "2 AUTH payloads with certificate gw");
    ck_assert_str_eq(records[0]->operation, "sign");
    for (int i = 0; i < 3; i++)
        bulkhead__v1__audit_record__free_unpacked(records[i], NULL);
    sign_account_free(account);
}
END_TEST

START_TEST(answers_about_status_are_bounded)
{
    struct sign_account *account = sign_account_new();
    unsigned taken = 0;

    ck_assert_ptr_nonnull(account);
    while (taken < 100000 && sign_account_take_ocsp(account, 1000))
        taken++;
    ck_assert_uint_eq(taken, SIGN_OCSP_BURST);
    ck_assert(sign_account_take(account, "t", 1000)); // whoever asks for them, tunnels have their own
    ck_assert(sign_account_take_ocsp(account, 1000 + 1000 / SIGN_OCSP_PER_S));
    ck_assert(!sign_account_take_ocsp(account, 1000 + 1000 / SIGN_OCSP_PER_S));
    sign_account_free(account);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("sign");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, chooses_what_the_peer_can_check, 0, (int)RUN_COUNT(choices));
    tcase_add_loop_test(tcase, signs_as_the_tunnel_goes_by, 0, 5);
    tcase_add_test(tcase, signs_for_nobody_else);
    tcase_add_test(tcase, says_what_is_missing);
    tcase_add_loop_test(tcase, goes_by_the_certificate_or_the_configuration, 0, (int)RUN_COUNT(ids));
    tcase_add_test(tcase, sends_issuers_without_the_root);
    tcase_add_test(tcase, trusts_what_is_configured);
    tcase_add_test(tcase, trusts_no_revoked_authority);
    tcase_add_test(tcase, signatures_are_bounded_and_told);
    tcase_add_test(tcase, answers_about_status_are_bounded);
    return run_case(tcase);
}
