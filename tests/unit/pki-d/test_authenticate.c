// Who may sign and verify what: identities, missing secrets, wrong MACs, bounds; and bindings in generations.
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "lib/crypto/prf.h"
#include "pki-d/authenticate.h"
#include "tests/unit/lib/run.h"

static char folder[] = "/tmp/bh-authenticate-XXXXXX";
static struct bindings *bindings;
static struct store *store;
static uint8_t message[60] = {1, 2, 3}, nonce[32] = {4, 5, 6}, sk_p[32] = {7, 8, 9};

static void bind_tunnel(const char *tunnel, const char *secret, const char *local_id, const char *remote_id)
{
    struct binding binding = {.tunnel = tunnel,
                              .secret = secret,
                              .other_secret = "",
                              .ppk_secret = "",
                              .certificate = "",
                              .remote_id_text = ""};

    if (local_id)
        ck_assert_int_eq(identity_parse(local_id, &binding.local_id), 0);
    if (remote_id)
        ck_assert_int_eq(identity_pattern_parse(remote_id, &binding.remote_id), 0);
    ck_assert_int_eq(bindings_add(bindings, &binding), 0);
}

static void set_up(void)
{
    const struct master_key key = {.b = {42}};
    char error[STORE_ERROR_MAX];

    strcpy(folder, "/tmp/bh-authenticate-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(store_open(folder, &key, &store, error), 0);
    ck_assert_int_eq(store_set(store, bytes_of_str("s1"), bytes_of_str("a secret")), 0);
    bindings = bindings_new();
    ck_assert_ptr_nonnull(bindings);
    ck_assert_int_eq(bindings_begin_page(bindings, 1), 0);
    bind_tunnel("named", "s1", "fqdn:a.example", "fqdn:b.example");
    bind_tunnel("mirror", "s1", "fqdn:b.example", "fqdn:a.example");
    bind_tunnel("plain", "s1", NULL, NULL);
    bind_tunnel("later", "missing", "fqdn:a.example", "fqdn:b.example");
    bindings_commit(bindings);
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

static struct authenticate_request make_request(const char *tunnel, const char *id)
{
    static struct identity identity; // octets lend it
    struct authenticate_request request = {.tunnel = bytes_of_str(tunnel), .prf = PRF_HMAC_SHA2_256};

    ck_assert_int_eq(identity_parse(id, &identity), 0);
    request.octets = (struct psk_octets){.message = bytes_of(message, sizeof(message)),
                                         .nonce = bytes_of(nonce, sizeof(nonce)),
                                         .sk_p = bytes_of(sk_p, sizeof(sk_p)),
                                         .id_type = (uint8_t)identity.type,
                                         .id_data = bytes_of(identity.data, identity.n)};
    return request;
}

static enum authenticate_result sign(const struct authenticate_request *request)
{
    uint8_t auth[PSK_AUTH_MAX_BYTES];
    size_t n = 0;
    enum authenticate_result result = authenticate_sign(bindings, store, request, auth, &n);

    ck_assert_uint_eq(n, result == AUTHENTICATE_OK ? 32 : 0);
    return result;
}

static bool by_other; // what the last verification said

static enum authenticate_result verify(const struct authenticate_request *request, struct bytes auth)
{
    return authenticate_verify(bindings, store, request, auth, &by_other);
}

START_TEST(verifies_what_the_other_side_signed)
{
    struct authenticate_request request = make_request("named", "fqdn:a.example");
    uint8_t auth[PSK_AUTH_MAX_BYTES];
    size_t n;

    ck_assert_int_eq(authenticate_sign(bindings, store, &request, auth, &n), AUTHENTICATE_OK);
    request.tunnel = bytes_of_str("mirror");
    ck_assert_int_eq(verify(&request, bytes_of(auth, n)), AUTHENTICATE_OK);
    ck_assert_int_eq(verify(&request, bytes_of(auth, n - 1)), AUTHENTICATE_WRONG_MAC);
    ck_assert_int_eq(verify(&request, bytes_of(auth, 0)), AUTHENTICATE_WRONG_MAC);
    auth[31] ^= 1;
    ck_assert_int_eq(verify(&request, bytes_of(auth, n)), AUTHENTICATE_WRONG_MAC);
    auth[31] ^= 1;
    message[59] ^= 1;
    ck_assert_int_eq(verify(&request, bytes_of(auth, n)), AUTHENTICATE_WRONG_MAC);
    message[59] ^= 1;
    ck_assert_int_eq(store_set(store, bytes_of_str("s1"), bytes_of_str("another secret")), 0);
    ck_assert_int_eq(verify(&request, bytes_of(auth, n)), AUTHENTICATE_WRONG_MAC);
}
END_TEST

START_TEST(insists_on_the_configured_identity)
{
    static const struct {
        const char *tunnel, *id;
        enum authenticate_result sign, verify; // AUTHENTICATE_WRONG_MAC: the identity was accepted
    } rows[] = {
        {"named", "fqdn:a.example", AUTHENTICATE_OK, AUTHENTICATE_WRONG_IDENTITY},
        {"named", "fqdn:A.Example", AUTHENTICATE_OK, AUTHENTICATE_WRONG_IDENTITY},
        {"named", "fqdn:b.example", AUTHENTICATE_WRONG_IDENTITY, AUTHENTICATE_WRONG_MAC},
        {"named", "email:x@a.example", AUTHENTICATE_WRONG_IDENTITY, AUTHENTICATE_WRONG_IDENTITY},
        {"named", "ipv4:192.0.2.1", AUTHENTICATE_WRONG_IDENTITY, AUTHENTICATE_WRONG_IDENTITY},
        {"plain", "ipv4:192.0.2.1", AUTHENTICATE_OK, AUTHENTICATE_WRONG_MAC},
        {"plain", "ipv6:2001:db8::1", AUTHENTICATE_OK, AUTHENTICATE_WRONG_MAC},
        {"plain", "fqdn:a.example", AUTHENTICATE_WRONG_IDENTITY, AUTHENTICATE_WRONG_IDENTITY},
        {"plain", "keyid:c0000201", AUTHENTICATE_WRONG_IDENTITY, AUTHENTICATE_WRONG_IDENTITY},
    };
    const uint8_t wrong[32] = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct authenticate_request request = make_request(rows[i].tunnel, rows[i].id);

        ck_assert_msg(sign(&request) == rows[i].sign, "sign, row %zu", i);
        ck_assert_msg(verify(&request, bytes_of(wrong, 32)) == rows[i].verify, "verify, row %zu", i);
    }
}
END_TEST

START_TEST(refuses_unknown_tunnels_and_missing_secrets)
{
    struct authenticate_request request = make_request("nobody", "fqdn:a.example");

    ck_assert_int_eq(sign(&request), AUTHENTICATE_NOT_BOUND);
    request.tunnel = bytes_of_str("later");
    ck_assert_int_eq(sign(&request), AUTHENTICATE_NO_SECRET);
    ck_assert_int_eq(store_set(store, bytes_of_str("missing"), bytes_of_str("now")), 0);
    ck_assert_int_eq(sign(&request), AUTHENTICATE_OK);
    ck_assert_int_eq(store_delete(store, bytes_of_str("missing")), 0);
    ck_assert_int_eq(sign(&request), AUTHENTICATE_NO_SECRET);
}
END_TEST

START_TEST(refuses_sizes_out_of_bounds)
{
    const struct authenticate_request good = make_request("named", "fqdn:a.example");
    struct authenticate_request bad[8];

    for (size_t i = 0; i < 8; i++)
        bad[i] = good;
    bad[0].prf = 4711;
    bad[1].prf = 65536 + PRF_HMAC_SHA2_256;
    bad[2].octets.message.n = 27;
    bad[3].octets.message.n = PKI_MESSAGE_MAX_BYTES + 1;
    bad[4].octets.nonce.n = 15;
    bad[5].octets.nonce.n = 257;
    bad[6].octets.sk_p.n = 0;
    bad[7].octets.id_data.n = IDENTITY_DATA_MAX + 1;
    ck_assert_int_eq(sign(&good), AUTHENTICATE_OK);
    for (size_t i = 0; i < 8; i++)
        ck_assert_msg(sign(&bad[i]) == AUTHENTICATE_BAD_REQUEST, "row %zu", i);
}
END_TEST

START_TEST(replaces_bindings_as_a_whole)
{
    struct binding twice = {.tunnel = "new",
                            .secret = "s1",
                            .other_secret = "",
                            .ppk_secret = "",
                            .certificate = "",
                            .remote_id_text = ""},
                   found;
    size_t cursor = 0;

    ck_assert_int_eq(bindings_begin_page(bindings, 2), 0);
    bind_tunnel("dropped", "s1", NULL, NULL);
    ck_assert_int_eq(bindings_begin_page(bindings, 3), 0); // another generation: 2 is forgotten
    bind_tunnel("new", "s1", NULL, NULL);
    ck_assert_int_eq(bindings_begin_page(bindings, 3), 0); // its second page
    ck_assert_int_eq(bindings_add(bindings, &twice), -EEXIST);
    twice.tunnel = "a b";
    ck_assert_int_eq(bindings_add(bindings, &twice), -EINVAL);
    ck_assert(bindings_find(bindings, bytes_of_str("named"), &found)); // nothing holds before the commit
    ck_assert(!bindings_find(bindings, bytes_of_str("new"), &found));
    bindings_commit(bindings);
    ck_assert(!bindings_find(bindings, bytes_of_str("named"), &found));
    ck_assert(!bindings_find(bindings, bytes_of_str("dropped"), &found));
    ck_assert(bindings_next(bindings, &cursor, &found));
    ck_assert(!bindings_next(bindings, &cursor, &found));
}
END_TEST

START_TEST(bounds_the_number_of_bindings)
{
    struct binding binding = {.secret = "s1",
                              .other_secret = "",
                              .ppk_secret = "",
                              .certificate = "",
                              .remote_id_text = ""},
                   found;
    char name[16];

    binding.tunnel = name;
    ck_assert_int_eq(bindings_begin_page(bindings, 9), 0);
    for (int i = 0; i < PKI_BINDINGS_MAX; i++) {
        snprintf(name, sizeof(name), "t%d", i);
        ck_assert_int_eq(bindings_add(bindings, &binding), 0);
    }
    strcpy(name, "one-more");
    ck_assert_int_eq(bindings_add(bindings, &binding), -E2BIG);
    bindings_abort(bindings);
    ck_assert(bindings_find(bindings, bytes_of_str("named"), &found));
}
END_TEST

static void bind_one(const struct binding *binding)
{
    ck_assert_int_eq(bindings_begin_page(bindings, 7), 0);
    ck_assert_int_eq(bindings_add(bindings, binding), 0);
    bindings_commit(bindings);
}

// Either of two secrets will do, but no third; and the answer says which it was.
START_TEST(takes_either_secret)
{
    const struct binding both = {
        .tunnel = "t", .secret = "s1", .other_secret = "s2", .ppk_secret = "", .certificate = "", .remote_id_text = ""};
    struct authenticate_request request = make_request("t", "ipv4:192.0.2.1");
    uint8_t auth[2][PSK_AUTH_MAX_BYTES];
    size_t n;

    bind_one(&both);
    request.other_secret = true;
    ck_assert_int_eq(sign(&request), AUTHENTICATE_NO_SECRET);
    ck_assert_int_eq(store_set(store, bytes_of_str("s2"), bytes_of_str("the other")), 0);
    ck_assert_int_eq(authenticate_sign(bindings, store, &request, auth[1], &n), AUTHENTICATE_OK);
    request.other_secret = false;
    ck_assert_int_eq(authenticate_sign(bindings, store, &request, auth[0], &n), AUTHENTICATE_OK);
    ck_assert_mem_ne(auth[0], auth[1], n);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(verify(&request, bytes_of(auth[i], n)), AUTHENTICATE_OK);
        ck_assert_int_eq(by_other, i == 1);
    }
    auth[1][0] ^= 1;
    ck_assert_int_eq(verify(&request, bytes_of(auth[1], n)), AUTHENTICATE_WRONG_MAC);
    ck_assert(!by_other);
    auth[1][0] ^= 1;
    ck_assert_int_eq(store_delete(store, bytes_of_str("s1")), 0);
    ck_assert_int_eq(verify(&request, bytes_of(auth[1], n)), AUTHENTICATE_OK);
    ck_assert_int_eq(verify(&request, bytes_of(auth[0], n)), AUTHENTICATE_WRONG_MAC);
    ck_assert_int_eq(store_delete(store, bytes_of_str("s2")), 0);
    ck_assert_int_eq(verify(&request, bytes_of(auth[1], n)), AUTHENTICATE_NO_SECRET);
}
END_TEST

START_TEST(takes_identities_by_pattern)
{
    struct binding binding = {
        .tunnel = "t", .secret = "s1", .other_secret = "", .ppk_secret = "", .certificate = "", .remote_id_text = ""};
    const uint8_t wrong[32] = {0};
    struct authenticate_request request;

    ck_assert_int_eq(identity_pattern_parse("*.branch.example", &binding.remote_id), 0);
    bind_one(&binding);
    request = make_request("t", "fqdn:one.branch.example");
    ck_assert_int_eq(verify(&request, bytes_of(wrong, 32)), AUTHENTICATE_WRONG_MAC);
    request = make_request("t", "fqdn:branch.example");
    ck_assert_int_eq(verify(&request, bytes_of(wrong, 32)), AUTHENTICATE_WRONG_IDENTITY);
    ck_assert_int_eq(identity_pattern_parse("any", &binding.remote_id), 0);
    bind_one(&binding);
    ck_assert_int_eq(verify(&request, bytes_of(wrong, 32)), AUTHENTICATE_WRONG_MAC);
    ck_assert_int_eq(sign(&request), AUTHENTICATE_WRONG_IDENTITY); // "any" is the peer's, never ours
}
END_TEST

// RFC 8784 3: prf+(PPK, SK'), here with one block: HMAC-SHA-256(PPK, SK' | 1).
START_TEST(mixes_a_post_quantum_key)
{
    struct binding binding = {
        .tunnel = "t", .secret = "s1", .other_secret = "", .ppk_secret = "q", .certificate = "", .remote_id_text = ""};
    struct authenticate_ppk mix = {.tunnel = bytes_of_str("t"), .prf = PRF_HMAC_SHA2_256, .ppk_id = bytes_of_str("id")};
    uint8_t in[AUTHENTICATE_PPK_KEYS][32], out[AUTHENTICATE_PPK_KEYS][PSK_AUTH_MAX_BYTES], expected[PSK_AUTH_MAX_BYTES];
    const uint8_t one = 1;

    binding.ppk_id = bytes_of_str("id");
    bind_one(&binding);
    for (int i = 0; i < AUTHENTICATE_PPK_KEYS; i++) {
        memset(in[i], 16 + i, sizeof(in[i]));
        mix.keys[i] = bytes_of(in[i], sizeof(in[i]));
    }
    ck_assert_int_eq(authenticate_mix_ppk(bindings, store, &mix, out), AUTHENTICATE_NO_SECRET);
    ck_assert_int_eq(store_set(store, bytes_of_str("q"), bytes_of_str("a long secret")), 0);
    ck_assert_int_eq(authenticate_mix_ppk(bindings, store, &mix, out), AUTHENTICATE_OK);
    for (int i = 0; i < AUTHENTICATE_PPK_KEYS; i++) {
        ck_assert_int_eq(prf_compute(prf_find(PRF_HMAC_SHA2_256), bytes_of_str("a long secret"),
                                     PRF_INPUT(mix.keys[i], bytes_of(&one, 1)), expected),
                         0);
        ck_assert_mem_eq(out[i], expected, 32);
    }
    mix.ppk_id = bytes_of_str("other");
    ck_assert_int_eq(authenticate_mix_ppk(bindings, store, &mix, out), AUTHENTICATE_NOT_BOUND);
    mix.ppk_id = bytes_of_str("id");
    mix.keys[1].n = 31;
    ck_assert_int_eq(authenticate_mix_ppk(bindings, store, &mix, out), AUTHENTICATE_BAD_REQUEST);
    binding.ppk_id.n = 0; // a secret without an id
    ck_assert_int_eq(bindings_begin_page(bindings, 8), 0);
    ck_assert_int_eq(bindings_add(bindings, &binding), -EINVAL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("authenticate");

    log_init("unit", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, verifies_what_the_other_side_signed);
    tcase_add_test(tcase, insists_on_the_configured_identity);
    tcase_add_test(tcase, takes_either_secret);
    tcase_add_test(tcase, takes_identities_by_pattern);
    tcase_add_test(tcase, mixes_a_post_quantum_key);
    tcase_add_test(tcase, refuses_unknown_tunnels_and_missing_secrets);
    tcase_add_test(tcase, refuses_sizes_out_of_bounds);
    tcase_add_test(tcase, replaces_bindings_as_a_whole);
    tcase_add_test(tcase, bounds_the_number_of_bindings);
    return run_case(tcase);
}
