// Is the peer who it says it is: one test a verdict, and what must be accepted.
#include <check.h>

#include "lib/core/wiping.h"
#include "lib/crypto/auth_octets.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/signature.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/peer.h"
#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/mint.h"

#define PRF 5 // HMAC-SHA-256
#define ALL_HASHES                                                                                                     \
    (1u << SIGNATURE_HASH_SHA2_256 | 1u << SIGNATURE_HASH_SHA2_384 | 1u << SIGNATURE_HASH_SHA2_512 |                   \
     1u << SIGNATURE_HASH_IDENTITY)

// A root, an intermediate, and the peer's own certificate, with what each case changes.
struct scene {
    struct mint_order root, middle, own;
    const char *root_kind, *middle_kind, *own_kind; // NULL: EC
    bool has_middle, anchors_middle, hides_middle;
    const char *id;        // NULL: "fqdn:gw.example"
    const char *remote_id; // NULL: ""
    uint32_t method;       // 0: 14
    enum signature_key key;
    enum signature_hash hash;
    uint32_t own_hashes; // 0: all
    bool wrong_signature;
    Bulkhead__Internal__V1__VerifierVerdict verdict;
    const char *reason; // a part of it
};

#define ACCEPTED VERDICT(ACCEPTED)
#define ROOT                                                                                                           \
    {                                                                                                                  \
        .subject = "CN=root", .extensions = { MINT_CA }                                                                \
    }
#define MIDDLE                                                                                                         \
    {                                                                                                                  \
        .subject = "CN=middle", .extensions = { MINT_CA }                                                              \
    }
#define SAN "subjectAltName=DNS:gw.example,IP:192.0.2.7,email:gw@example.com"
#define OWN(...)                                                                                                       \
    {                                                                                                                  \
        .subject = "O=Example,CN=gw", .extensions = { SAN, ##__VA_ARGS__ }                                             \
    }

static const struct scene scenes[] = {
    // accepted
    {ROOT, MIDDLE, OWN(), .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .has_middle = true, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .has_middle = true, .anchors_middle = true, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .root_kind = "RSA2048", .own_kind = "RSA2048", .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .own_kind = "RSA2048", .key = SIGNATURE_KEY_RSA_PSS, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .own_kind = "RSA2048", .key = SIGNATURE_KEY_RSA_PSS, .hash = SIGNATURE_HASH_SHA2_512,
     .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .own_kind = "P-384", .hash = SIGNATURE_HASH_SHA2_384, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .own_kind = "ED25519", .hash = SIGNATURE_HASH_IDENTITY, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .own_kind = "RSA2048", .method = 1, .hash = SIGNATURE_HASH_SHA1, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .method = 9, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .own_kind = "P-384", .method = 10, .hash = SIGNATURE_HASH_SHA2_384, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .own_kind = "P-521", .method = 11, .hash = SIGNATURE_HASH_SHA2_512, .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN("extendedKeyUsage=serverAuth"), .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN("extendedKeyUsage=clientAuth,codeSigning"), .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN("extendedKeyUsage=1.3.6.1.5.5.7.3.17"), .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN("extendedKeyUsage=1.3.6.1.5.5.8.2.2"), .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN("extendedKeyUsage=anyExtendedKeyUsage"), .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN("keyUsage=critical,nonRepudiation"), .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .id = "FQDN:GW.example", .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .id = "ipv4:192.0.2.7", .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .id = "email:gw@EXAMPLE.com", .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .id = "DN", .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .remote_id = "*.example", .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .remote_id = "any", .verdict = ACCEPTED},
    {ROOT, MIDDLE, OWN(), .remote_id = "fqdn:gw.example", .verdict = ACCEPTED},
    {.root = {.subject = "CN=root",
              .extensions = {MINT_CA, "nameConstraints=permitted;DNS:example,permitted;IP:192.0.2.0/255.255.255.0"}},
     MIDDLE,
     OWN(),
     .verdict = ACCEPTED},
    {.root = {.subject = "CN=root",
              .extensions = {"basicConstraints=critical,CA:TRUE,pathlen:1", "keyUsage=keyCertSign"}},
     MIDDLE,
     OWN(),
     .has_middle = true,
     .verdict = ACCEPTED},

    // untrusted
    {ROOT,
     MIDDLE,
     {.subject = "CN=gw", .issuer_name = "CN=stranger", .extensions = {SAN}},
     .verdict = VERDICT(UNTRUSTED),
     .reason = "CN=gw (serial 1267) was issued by CN=stranger, which is neither"},
    {ROOT, MIDDLE, OWN(), .has_middle = true, .hides_middle = true, .verdict = VERDICT(UNTRUSTED),
     .reason = "CN=middle"},
    {.root = {.subject = "CN=root", .extensions = {MINT_CA, "nameConstraints=permitted;DNS:other.example"}},
     MIDDLE,
     OWN(),
     .verdict = VERDICT(UNTRUSTED),
     .reason = "outside those that its authority may issue for"},
    {.root = {.subject = "CN=root", .extensions = {MINT_CA, "nameConstraints=excluded;DNS:gw.example"}},
     MIDDLE,
     OWN(),
     .verdict = VERDICT(UNTRUSTED),
     .reason = "may not issue for"},
    {.root = {.subject = "CN=root", .extensions = {MINT_CA, "nameConstraints=excluded;IP:192.0.2.0/255.255.255.0"}},
     MIDDLE,
     OWN(),
     .verdict = VERDICT(UNTRUSTED),
     .reason = "nameConstraints"},
    {.root = {.subject = "CN=root", .extensions = {MINT_CA, "nameConstraints=permitted;email:other.com"}},
     MIDDLE,
     OWN(),
     .verdict = VERDICT(UNTRUSTED),
     .reason = "nameConstraints"},
    {.root = {.subject = "CN=root", .extensions = {MINT_CA, "nameConstraints=excluded;DNS:GW.Example"}},
     MIDDLE,
     OWN(),
     .has_middle = true,
     .verdict = VERDICT(UNTRUSTED),
     .reason = "nameConstraints"},

    // validity
    {ROOT,
     MIDDLE,
     {.subject = "CN=gw", .until = MINT_NOW - 1, .extensions = {SAN}},
     .verdict = VERDICT(EXPIRED),
     .reason = "CN=gw (serial 1267) expired at 2027-01-15 07:59:59 UTC; here it is 2027-01-15 08:00:00 UTC"},
    {ROOT,
     MIDDLE,
     {.subject = "CN=gw", .from = MINT_NOW + 60, .extensions = {SAN}},
     .verdict = VERDICT(NOT_YET_VALID),
     .reason = "valid from 2027-01-15 08:01:00 UTC"},
    {ROOT,
     {.subject = "CN=middle", .until = MINT_NOW - 1, .extensions = {MINT_CA}},
     OWN(),
     .has_middle = true,
     .verdict = VERDICT(EXPIRED),
     .reason = "CN=middle"},
    {.root = {.subject = "CN=root", .until = MINT_NOW - 1, .extensions = {MINT_CA}},
     MIDDLE,
     OWN(),
     .verdict = VERDICT(EXPIRED),
     .reason = "CN=root"},

    // usage, and issuers that may not issue
    {ROOT, MIDDLE, OWN("extendedKeyUsage=codeSigning"), .verdict = VERDICT(WRONG_USAGE),
     .reason = "CN=gw,O=Example (serial 1267) is for codeSigning"},
    {ROOT, MIDDLE, OWN("extendedKeyUsage=critical,OCSPSigning,1.2.3.4"), .verdict = VERDICT(WRONG_USAGE),
     .reason = "1.2.3.4"},
    {ROOT, MIDDLE, OWN("keyUsage=keyEncipherment"), .verdict = VERDICT(WRONG_USAGE), .reason = "digitalSignature"},
    {ROOT, {.subject = "CN=middle"}, OWN(), .has_middle = true, .verdict = VERDICT(WRONG_USAGE), .reason = "CN=middle"},
    {ROOT,
     {.subject = "CN=middle", .extensions = {"basicConstraints=CA:FALSE"}},
     OWN(),
     .has_middle = true,
     .verdict = VERDICT(WRONG_USAGE),
     .reason = "CN=middle"},
    {ROOT,
     {.subject = "CN=middle", .extensions = {"basicConstraints=CA:TRUE", "keyUsage=digitalSignature"}},
     OWN(),
     .has_middle = true,
     .verdict = VERDICT(WRONG_USAGE),
     .reason = "CN=middle"},
    {.root = {.subject = "CN=root",
              .extensions = {"basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=keyCertSign"}},
     MIDDLE,
     OWN(),
     .has_middle = true,
     .verdict = VERDICT(WRONG_USAGE),
     .reason = "pathLenConstraint"},
    {ROOT,
     {.subject = "CN=middle", .extensions = {MINT_CA, "policyConstraints=critical,requireExplicitPolicy:0"}},
     OWN(),
     .has_middle = true,
     .verdict = VERDICT(WRONG_USAGE),
     .reason = "policy"},

    // identity
    {ROOT, MIDDLE, OWN(), .id = "fqdn:other.example", .verdict = VERDICT(WRONG_IDENTITY),
     .reason =
         "says that it is fqdn:other.example, but CN=gw,O=Example (serial 1267) holds dns:gw.example, ip:192.0.2.7"},
    {ROOT, MIDDLE, OWN(), .id = "fqdn:gw", .verdict = VERDICT(WRONG_IDENTITY),
     .reason = "fqdn:gw,"}, // only the common name
    {ROOT, MIDDLE, OWN(), .id = "ipv4:192.0.2.8", .verdict = VERDICT(WRONG_IDENTITY)},
    {ROOT, MIDDLE, OWN(), .id = "keyid:0102", .verdict = VERDICT(WRONG_IDENTITY)},
    {ROOT, MIDDLE, OWN(), .id = "OTHER DN", .verdict = VERDICT(WRONG_IDENTITY), .reason = "dn:CN=other"},
    {ROOT, MIDDLE, OWN(), .remote_id = "fqdn:hq.example", .verdict = VERDICT(WRONG_IDENTITY),
     .reason = "the peer is fqdn:gw.example, which its certificate confirms; this tunnel expects fqdn:hq.example"},
    {ROOT,
     MIDDLE,
     {.subject = "CN=gw", .extensions = {"subjectAltName=DNS:*.example"}},
     .id = "fqdn:gw.example",
     .verdict = VERDICT(WRONG_IDENTITY)},
    {ROOT, MIDDLE, {.subject = "CN=gw.example"}, .verdict = VERDICT(WRONG_IDENTITY)},

    // weak
    {ROOT, MIDDLE, OWN(), .own_kind = "RSA1024", .verdict = VERDICT(WEAK), .reason = "2048"},
    {ROOT, MIDDLE, OWN(), .root_kind = "RSA1024", .verdict = VERDICT(WEAK), .reason = "CN=root"},
    {ROOT,
     MIDDLE,
     {.subject = "CN=gw", .digest = "SHA1", .extensions = {SAN}},
     .root_kind = "RSA2048",
     .verdict = VERDICT(WEAK),
     .reason = "hash"},
    {ROOT, MIDDLE, OWN(), .own_kind = "secp256k1", .verdict = VERDICT(WEAK), .reason = "curve"},
    {ROOT, MIDDLE, OWN(), .own_kind = "RSA2048", .hash = SIGNATURE_HASH_SHA1, .verdict = VERDICT(WEAK),
     .reason = "SHA-1"},
    {ROOT, MIDDLE, OWN(), .hash = SIGNATURE_HASH_SHA2_512, .own_hashes = 1u << SIGNATURE_HASH_SHA2_256,
     .verdict = VERDICT(WEAK), .reason = "SHA-512, which was not offered"},

    // signature
    {ROOT, MIDDLE, OWN(), .wrong_signature = true, .verdict = VERDICT(WRONG_SIGNATURE), .reason = "CN=gw,O=Example"},
    {ROOT, MIDDLE, OWN(), .method = 9, .wrong_signature = true, .verdict = VERDICT(WRONG_SIGNATURE)},
    {ROOT, MIDDLE, OWN(), .own_kind = "ED25519", .hash = SIGNATURE_HASH_IDENTITY, .wrong_signature = true,
     .verdict = VERDICT(WRONG_SIGNATURE)},

    // malformed
    {ROOT, MIDDLE, OWN("1.2.3.4=critical,ASN1:NULL"), .verdict = VERDICT(MALFORMED), .reason = "critical extension"},
    {ROOT,
     MIDDLE,
     {.subject = "CN=gw", .serial = -1, .extensions = {SAN}},
     .verdict = VERDICT(MALFORMED),
     .reason = "serial"},
};

static struct bytes octets_of(const struct identity *id)
{
    const struct auth_octets octets = {.message = bytes_of_str("the peer's first message"),
                                       .nonce = bytes_of_str("our nonce"),
                                       .sk_p = bytes_of_str("SK_p"),
                                       .id_type = (uint8_t)id->type,
                                       .id_data = bytes_of(id->data, id->n)};
    struct bytes data;

    ck_assert_int_eq(auth_octets_assemble(prf_find(PRF), &octets, &data), 0);
    return data;
}

static enum signature_key default_key(EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA")  ? SIGNATURE_KEY_RSA_PKCS1
           : EVP_PKEY_is_a(key, "EC") ? SIGNATURE_KEY_ECDSA
                                      : SIGNATURE_KEY_EDDSA;
}

// The data of the AUTH payload.
static struct bytes sign(const struct scene *scene, EVP_PKEY *key, const struct identity *id)
{
    static uint8_t auth[SIGNATURE_MAX_BYTES + 100];
    const struct signature_scheme scheme = {.key = scene->key ? scene->key : default_key(key),
                                            .hash = scene->hash ? scene->hash : SIGNATURE_HASH_SHA2_256,
                                            .is_plain = scene->method >= 9 && scene->method <= 11};
    struct bytes data = octets_of(id), der = signature_algorithm_der(scheme.key, scheme.hash);
    size_t n, head = 0;

    if (!scene->method) {
        auth[0] = (uint8_t)der.n;
        memcpy(auth + 1, der.p, der.n);
        head = der.n + 1;
    }
    ck_assert_int_eq(signature_sign(key, &scheme, data, auth + head, &n), 0);
    if (scene->wrong_signature)
        auth[head + n / 2] ^= 1;
    wiping_free((void *)(uintptr_t)data.p);
    return bytes_of(auth, head + n);
}

static struct identity read_id(const char *text, const X509 *own)
{
    struct identity id = {.type = IDENTITY_DN};
    X509_NAME *other = mint_name("CN=other");
    uint8_t *p = id.data;

    if (strcmp(text, "DN") == 0)
        id.n = (uint16_t)i2d_X509_NAME(X509_get_subject_name(own), &p);
    else if (strcmp(text, "OTHER DN") == 0)
        id.n = (uint16_t)i2d_X509_NAME(other, &p);
    else
        ck_assert_int_eq(identity_parse(text, &id), 0);
    X509_NAME_free(other);
    return id;
}

struct cast {
    EVP_PKEY *root_key, *middle_key, *own_key;
    X509 *root, *middle, *own;
};

static void make_cast(const struct scene *scene, struct cast *cast)
{
    struct mint_order middle = scene->middle, own = scene->own;

    cast->root_key = mint_key(scene->root_kind ? scene->root_kind : "EC");
    cast->middle_key = mint_key(scene->middle_kind ? scene->middle_kind : "EC");
    cast->own_key = mint_key(scene->own_kind ? scene->own_kind : "EC");
    cast->root = mint_certificate(&scene->root, cast->root_key);
    middle.issuer = cast->root;
    middle.issuer_key = cast->root_key;
    cast->middle = mint_certificate(&middle, cast->middle_key);
    own.issuer = scene->has_middle ? cast->middle : cast->root;
    own.issuer_key = scene->has_middle ? cast->middle_key : cast->root_key;
    cast->own = mint_certificate(&own, cast->own_key);
}

static void free_cast(struct cast *cast)
{
    X509_free(cast->root);
    X509_free(cast->middle);
    X509_free(cast->own);
    EVP_PKEY_free(cast->root_key);
    EVP_PKEY_free(cast->middle_key);
    EVP_PKEY_free(cast->own_key);
}

static void ask(const struct scene *scene, const struct cast *cast, struct peer_answer *ret_answer)
{
    Bulkhead__Internal__V1__VerifierVerifyPeerRequest request =
        BULKHEAD__INTERNAL__V1__VERIFIER_VERIFY_PEER_REQUEST__INIT;
    Bulkhead__Internal__V1__PkiGetTrustResponse trust = BULKHEAD__INTERNAL__V1__PKI_GET_TRUST_RESPONSE__INIT;
    Bulkhead__Internal__V1__TrustedAuthority authority = BULKHEAD__INTERNAL__V1__TRUSTED_AUTHORITY__INIT;
    Bulkhead__Internal__V1__TrustedAuthority *authorities[] = {&authority};
    Bulkhead__Internal__V1__Identity peer_id;
    const struct peer_question question = {.request = &request, .trust = &trust, .now = MINT_NOW};
    struct identity id = read_id(scene->id ? scene->id : "fqdn:gw.example", cast->own);
    struct bytes own = mint_der(cast->own), middle = mint_der(cast->middle);
    struct bytes anchor = mint_der(scene->anchors_middle ? cast->middle : cast->root);
    ProtobufCBinaryData sent[2];

    edge_message_put_bytes(own, &sent[0]);
    edge_message_put_bytes(middle, &sent[1]);
    edge_message_put_bytes(anchor, &authority.der);
    authority.is_anchor = true;
    authority.name = (char[]){"root"};
    trust.authorities = authorities;
    trust.n_authorities = 1;
    trust.remote_id = (char *)(uintptr_t)(scene->remote_id ? scene->remote_id : "");
    request.certificates = sent;
    request.n_certificates = scene->has_middle && !scene->hides_middle ? 2 : 1;
    request.prf = PRF;
    edge_message_put_bytes(bytes_of_str("the peer's first message"), &request.peer_message);
    edge_message_put_bytes(bytes_of_str("our nonce"), &request.own_nonce);
    edge_message_put_bytes(bytes_of_str("SK_p"), &request.sk_p);
    edge_message_put_identity(&id, &peer_id);
    request.peer_id = &peer_id;
    request.auth_method = scene->method ? scene->method : 14;
    edge_message_put_bytes(sign(scene, cast->own_key, &id), &request.auth);
    request.own_hashes = scene->own_hashes ? scene->own_hashes : ALL_HASHES;
    peer_check(&question, ret_answer);
    mint_free_der(own);
    mint_free_der(middle);
    mint_free_der(anchor);
}

START_TEST(verdicts)
{
    const struct scene *scene = &scenes[_i];
    struct peer_answer answer;
    struct cast cast;

    make_cast(scene, &cast);
    ask(scene, &cast, &answer);
    ck_assert_msg(answer.verdict.code == scene->verdict, "%d instead of %d: %s", (int)answer.verdict.code,
                  (int)scene->verdict, answer.verdict.reason);
    if (scene->reason)
        ck_assert_msg(strstr(answer.verdict.reason, scene->reason), "%s", answer.verdict.reason);
    if (scene->verdict == ACCEPTED) {
        ck_assert_int_eq(sk_X509_num(answer.path), scene->has_middle && !scene->anchors_middle ? 3 : 2);
        ck_assert_int_eq(answer.not_after, MINT_NOW + 365 * MINT_DAY);
    } else {
        ck_assert_ptr_null(answer.path && answer.verdict.code == VERDICT(UNTRUSTED) ? answer.path : NULL);
        ck_assert_str_ne(answer.verdict.reason, "");
    }
    peer_answer_done(&answer);
    free_cast(&cast);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("peer");

    tcase_add_loop_test(tcase, verdicts, 0, (int)RUN_COUNT(scenes));
    return run_case(tcase);
}
