// Good certificates with bytes changed: 20,000 of them, or 1,000,000 with BULKHEAD_LONG. None may crash the verifier,
// and none may pass, since each byte of a certificate is signed or says how.
// ctest: timeout 7200
#include <check.h>

#include "pki-d/verifier/certificate_facts.h"
#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/peer_call.h"

#define PARTS 20 // each a test of its own

static uint64_t random_state;

static uint32_t draw(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

struct chain {
    EVP_PKEY *root_key, *middle_key, *own_key;
    X509 *root, *middle, *own;
    struct bytes root_der, middle_der, own_der;
};

// Nearly everything that a certificate can hold.
static void make_chain(struct chain *chain, const char *kind)
{
    const struct mint_order root = {.subject = "CN=root", .extensions = {MINT_CA}};
    struct mint_order middle = {
        .subject = "C=DE,O=Example,CN=middle",
        .extensions = {MINT_CA, "authorityKeyIdentifier=keyid",
                       "nameConstraints=critical,permitted;DNS:example,permitted;IP:192.0.2.0/255.255.255.0"}};
    struct mint_order own = {.subject = "C=DE,O=Example,OU=VPN,CN=gw",
                             .extensions = {"basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                                            "extendedKeyUsage=serverAuth,1.3.6.1.5.5.7.3.17",
                                            "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid",
                                            "subjectAltName=DNS:gw.example,IP:192.0.2.7",
                                            "crlDistributionPoints=URI:http://crl.example/a.crl",
                                            "authorityInfoAccess=OCSP;URI:http://ocsp.example/"}};

    chain->root_key = mint_key(kind);
    chain->middle_key = mint_key(kind);
    chain->own_key = mint_key(kind);
    chain->root = mint_certificate(&root, chain->root_key);
    middle.issuer = chain->root;
    middle.issuer_key = chain->root_key;
    chain->middle = mint_certificate(&middle, chain->middle_key);
    own.issuer = chain->middle;
    own.issuer_key = chain->middle_key;
    chain->own = mint_certificate(&own, chain->own_key);
    chain->root_der = mint_der(chain->root);
    chain->middle_der = mint_der(chain->middle);
    chain->own_der = mint_der(chain->own);
}

static void free_chain(struct chain *chain)
{
    mint_free_der(chain->root_der);
    mint_free_der(chain->middle_der);
    mint_free_der(chain->own_der);
    X509_free(chain->root);
    X509_free(chain->middle);
    X509_free(chain->own);
    EVP_PKEY_free(chain->root_key);
    EVP_PKEY_free(chain->middle_key);
    EVP_PKEY_free(chain->own_key);
}

// A byte changed, removed, doubled, a run overwritten, two pieces exchanged, a length made longer. Returns the new
// length, in a buffer of twice the size.
static size_t mutate_once(uint8_t *b, size_t n)
{
    size_t at = draw((uint32_t)n), run = 1 + draw(16);

    if (run > n - at)
        run = n - at;
    switch (draw(7)) {
    case 0:
        b[at] ^= (uint8_t)(1u << draw(8));
        return n;
    case 1:
        b[at] = (uint8_t)draw(256);
        return n;
    case 2:
        memmove(b + at, b + at + run, n - at - run);
        return n - run;
    case 3:
        memmove(b + at + run, b + at, n - at);
        return n + run;
    case 4:
        memset(b + at, draw(2) ? 0xff : 0x00, run);
        return n;
    case 5:
        memmove(b + at, b + draw((uint32_t)(n - run + 1)), run);
        return n;
    default:
        b[at] = (uint8_t)(b[at] + (draw(2) ? 1 : -1));
        return n;
    }
}

// False: it came out as it was.
static bool mutate(struct bytes from, uint8_t *buffer, size_t *ret_n)
{
    uint32_t times = 1 + draw(draw(4) == 0 ? 8 : 2);
    size_t n = from.n;

    memcpy(buffer, from.p, from.n);
    for (uint32_t i = 0; i < times && n > 0 && n < from.n + 200; i++)
        n = mutate_once(buffer, n);
    *ret_n = n;
    return !bytes_equal(from, bytes_of(buffer, n));
}

static void try_one(struct peer_call *call, const struct chain *chain, bool is_middle)
{
    static uint8_t buffer[8192];
    char reason[VERIFIER_REASON_MAX];
    struct peer_answer answer;
    certificate_facts *facts;
    size_t n;

    if (!mutate(is_middle ? chain->middle_der : chain->own_der, buffer, &n))
        return;
    call->sent[0] = is_middle ? chain->own_der : bytes_of(buffer, n);
    call->sent[1] = is_middle ? bytes_of(buffer, n) : chain->middle_der;
    peer_call_ask(call, &answer);
    ck_assert_msg(answer.verdict.code != VERDICT(ACCEPTED), "one passes");
    peer_answer_done(&answer);
    if (is_middle && certificate_facts_read(bytes_of(buffer, n), &facts, reason) == 0)
        certificate_facts_free(facts);
}

START_TEST(none_passes)
{
    uint32_t rounds = getenv("BULKHEAD_LONG") ? 1000000 / PARTS : 20000 / PARTS;
    static struct peer_call call;
    struct peer_answer answer;
    struct chain chain;

    random_state = (uint64_t)_i + 1;
    make_chain(&chain, _i % 4 == 0 ? "ED25519" : "EC");
    call = (struct peer_call){.id = "fqdn:gw.example", .sent_n = 2, .sent = {chain.own_der, chain.middle_der}};
    call.anchor = chain.root_der;
    peer_call_sign(&call, chain.own_key);
    peer_call_ask(&call, &answer);
    ck_assert_msg(answer.verdict.code == VERDICT(ACCEPTED), "%s", answer.verdict.reason);
    peer_answer_done(&answer);
    for (uint32_t i = 0; i < rounds; i++)
        try_one(&call, &chain, i % 4 == 0);
    free_chain(&chain);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("mutated_certificates");

    tcase_set_timeout(tcase, 7200);
    tcase_add_loop_test(tcase, none_passes, 0, PARTS);
    return run_case(tcase);
}
