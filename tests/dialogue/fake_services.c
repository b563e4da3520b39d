#include "tests/dialogue/fake_services.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_limits.h"
#include "lib/crypto/prf.h"
#include "tests/dialogue/fake_pki.h"

struct key_use {
    struct key_use *next;
    struct fake_key key;
    int side;
    bool out;
};

static void kex_generate(void *arg, uint64_t job, const struct ke_algorithm *ke)
{
    struct fake_answer answer = {.job = job};
    ck_assert_int_eq(kex_new(ke, &answer.kex), 0);
    world_answer_later(arg, &answer);
}

static void put_secret(struct kex *kex, struct bytes peer_public, struct fake_answer *answer)
{
    struct kex_secret secret;
    if (kex_derive(kex, peer_public, &secret) < 0) {
        answer->outcome = IKE_JOB_FAILED;
    } else {
        memcpy(answer->data, secret.b, secret.n);
        answer->data_n = secret.n;
        kex_secret_wipe(&secret);
    }
}

static void exchange(void *arg, uint64_t job, const struct ke_algorithm *ke, struct bytes peer_public)
{
    struct fake_answer answer = {.job = job};
    ck_assert_int_eq(kex_new(ke, &answer.kex), 0);
    put_secret(answer.kex, peer_public, &answer);
    world_answer_later(arg, &answer);
}

static void derive(void *arg, uint64_t job, struct kex *kex, struct bytes peer_public)
{
    struct fake_answer answer = {.job = job};
    put_secret(kex, peer_public, &answer);
    kex_free(kex);
    world_answer_later(arg, &answer);
}

// prf(prf(PSK, "Key Pad for IKEv2"), message | nonce | prf(SK_p, ID'))
static size_t psk_mac(const char *secret, const struct psk_request *request, uint8_t out[PRF_BYTES_MAX])
{
    const struct prf_algorithm *prf = prf_find(request->prf);
    ck_assert_ptr_nonnull(prf);
    uint8_t pad[PRF_BYTES_MAX];
    uint8_t id_mac[PRF_BYTES_MAX];
    uint8_t id_head[4] = {(uint8_t)request->id->type};
    size_t n = prf->key_bytes;
    ck_assert_int_eq(prf_compute(prf, bytes_of_str(secret), PRF_INPUT(bytes_of_str("Key Pad for IKEv2")), pad), 0);
    ck_assert_int_eq(prf_compute(prf, request->sk_p,
                                 PRF_INPUT(bytes_of(id_head, 4), bytes_of(request->id->data, request->id->n)), id_mac),
                     0);
    ck_assert_int_eq(
        prf_compute(prf, bytes_of(pad, n), PRF_INPUT(request->message, request->nonce, bytes_of(id_mac, n)), out), 0);
    return n;
}

static bool pki_can(const struct gateway *gateway, const char *secret, struct fake_answer *answer)
{
    if (!gateway->pki_up) {
        answer->outcome = IKE_JOB_UNAVAILABLE;
    } else if (!secret) {
        answer->outcome = IKE_JOB_NO_SECRET;
    }
    return answer->outcome == IKE_JOB_OK;
}

static void psk_sign(void *arg, uint64_t job, const struct psk_request *request)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job};
    const char *secret = request->other_secret ? gateway->other_secret : gateway->secret;
    if (pki_can(gateway, secret, &answer)) {
        answer.data_n = psk_mac(secret, request, answer.data);
    }
    world_answer_later(gateway, &answer);
}

static void psk_verify(void *arg, uint64_t job, const struct psk_request *request)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job};
    const char *secrets[2] = {gateway->secret, gateway->other_secret};
    uint8_t mac[PRF_BYTES_MAX];
    if (pki_can(gateway, secrets[0] ? secrets[0] : secrets[1], &answer)) {
        answer.outcome = IKE_JOB_WRONG_MAC;
    }
    for (int i = 0; i < 2 && answer.outcome == IKE_JOB_WRONG_MAC; i++) {
        size_t n = secrets[i] ? psk_mac(secrets[i], request, mac) : 0;
        if (n && bytes_equal_secret(bytes_of(mac, n), request->auth)) {
            answer.outcome = IKE_JOB_OK;
            answer.other_secret = i == 1;
            answer.data_n = request->answer ? psk_mac(secrets[i], request->answer, answer.data) : 0;
        }
    }
    world_answer_later(gateway, &answer);
}

// prf+(PPK, SK'), for the three keys one behind the other.
static void ppk_mix(void *arg, uint64_t job, const struct ppk_request *request)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job};
    const struct prf_algorithm *prf = prf_find(request->prf);
    if (pki_can(gateway, gateway->ppk, &answer)) {
        for (int i = 0; i < PPK_KEYS; i++) {
            ck_assert_int_eq(prf_plus(prf, bytes_of_str(gateway->ppk), PRF_INPUT(request->keys[i]),
                                      answer.data + (size_t)i * prf->key_bytes, prf->key_bytes),
                             0);
        }
        answer.key_n = prf->key_bytes;
    }
    world_answer_later(gateway, &answer);
}

static void esp_allocate_spi(void *arg, uint64_t job)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job, .spi = gateway->next_spi++};
    if (!gateway->esp_up) {
        answer.outcome = IKE_JOB_UNAVAILABLE;
    }
    world_answer_later(gateway, &answer);
}

static struct fake_key join(struct bytes a, struct bytes b)
{
    struct fake_key key = {.n = a.n + b.n};
    ck_assert_uint_le(key.n, sizeof(key.b));
    memcpy(key.b, a.p, a.n);
    if (b.n) {
        memcpy(key.b + a.n, b.p, b.n);
    }
    return key;
}

// A key may be installed once at each end: for sending at one, for receiving at the other.
static void use_key(struct gateway *gateway, const struct fake_key *key, bool out)
{
    struct world *world = gateway->world;
    for (struct key_use *use = world->keys; use; use = use->next) {
        if (bytes_equal(fake_key_view(&use->key), fake_key_view(key))) {
            ck_assert_msg(use->side != gateway->side && use->out != out, "a key was installed twice");
        }
    }
    struct key_use *use = calloc(1, sizeof(*use));
    *use = (struct key_use){.next = world->keys, .key = *key, .side = gateway->side, .out = out};
    world->keys = use;
}

static bool has_sa(const struct gateway *gateway, uint32_t spi_in)
{
    for (const struct fake_sa *sa = gateway->sas; sa; sa = sa->next) {
        if (sa->spi_in == spi_in) {
            return true;
        }
    }
    return false;
}

// esp-d's order of senders: the newest first, but one that is held last; who is replaced sends no more.
static void add_sa(struct gateway *gateway, struct fake_sa *sa)
{
    struct fake_sa **at = &gateway->sas;
    for (struct fake_sa *other = gateway->sas; other; other = other->next) {
        other->silent = other->silent || (!sa->held && other->spi_in == sa->replaces);
    }
    while (sa->held && *at) {
        at = &(*at)->next;
    }
    sa->next = *at;
    *at = sa;
}

static void esp_install(void *arg, uint64_t job, const struct esp_install *install)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job, .extra_ms = gateway->world->install_ms};
    if (!gateway->esp_up) {
        answer.outcome = IKE_JOB_UNAVAILABLE;
        world_answer_later(gateway, &answer);
        return;
    }
    if (install->replaces_spi_in && !has_sa(gateway, install->replaces_spi_in)) {
        answer.outcome = IKE_JOB_FAILED;
        world_answer_later(gateway, &answer);
        return;
    }
    struct fake_sa *sa = calloc(1, sizeof(*sa));
    *sa = (struct fake_sa){.spi_in = install->spi_in,
                           .spi_out = install->spi_out,
                           .esn = install->esn,
                           .limits = install->limits,
                           .in = join(install->encr_key_in, install->integ_key_in),
                           .out = join(install->encr_key_out, install->integ_key_out),
                           .local = install->local,
                           .remote = install->remote,
                           .in_udp = install->in_udp,
                           .follow_remote = install->follow_remote,
                           .keepalive_s = install->keepalive_s,
                           .local_n = install->local_selectors_n,
                           .remote_n = install->remote_selectors_n,
                           .local_first = install->local_selectors[0],
                           .remote_first = install->remote_selectors[0],
                           .transport = install->transport,
                           .original_local = install->original_local,
                           .original_remote = install->original_remote,
                           .replaces = install->replaces_spi_in,
                           .held = install->hold_outbound};
    memcpy(sa->tunnel, install->tunnel, strlen(install->tunnel));
    ck_assert_uint_lt(install->spi_in, gateway->next_spi);
    use_key(gateway, &sa->in, false);
    use_key(gateway, &sa->out, true);
    add_sa(gateway, sa);
    gateway->installs++;
    world_answer_later(gateway, &answer);
}

static void esp_update(void *arg, const struct esp_update *update)
{
    struct gateway *gateway = arg;
    struct fake_sa *sa = gateway->sas;
    while (sa && sa->spi_in != update->spi_in) {
        sa = sa->next;
    }
    ck_assert_ptr_nonnull(sa);
    sa->local = update->local;
    sa->remote = update->remote;
    sa->in_udp = update->in_udp;
    sa->follow_remote = update->follow_remote;
    sa->keepalive_s = update->keepalive_s;
    gateway->updates++;
}

static struct fake_sa *take_sa(struct gateway *gateway, uint32_t spi_in)
{
    for (struct fake_sa **at = &gateway->sas; *at; at = &(*at)->next) {
        if ((*at)->spi_in == spi_in) {
            struct fake_sa *found = *at;
            *at = found->next;
            return found;
        }
    }
    return NULL;
}

static void esp_last_inbound(void *arg, uint64_t job, const uint32_t *spis_in, unsigned n)
{
    struct gateway *gateway = arg;
    struct fake_answer answer = {.job = job, .ago_ms = gateway->esp_hears ? 100 : UINT32_MAX};
    (void)spis_in;
    ck_assert_uint_gt(n, 0);
    world_answer_later(gateway, &answer);
}

static void esp_delete(void *arg, uint32_t spi_in)
{
    free(take_sa(arg, spi_in));
}

static void esp_retire(void *arg, uint32_t spi_in, uint32_t inbound_for_ms)
{
    struct gateway *gateway = arg;
    uint64_t until_ms = gateway->world->now_ms + inbound_for_ms;
    struct fake_sa *sa = take_sa(gateway, spi_in);
    if (sa) {
        sa->next = gateway->retired;
        gateway->retired = sa;
    }
    for (sa = gateway->retired; sa; sa = sa->next) {
        if (sa->spi_in == spi_in) {
            sa->until_ms = until_ms;
        }
    }
}

static void esp_policies_changed(void *arg)
{
    struct gateway *gateway = arg;
    gateway->policies_changed++;
}

void fake_services_fill(struct ike_env *env)
{
    env->kex_generate = kex_generate;
    env->kex_derive = derive;
    env->kex_exchange = exchange;
    env->psk_sign = psk_sign;
    env->psk_verify = psk_verify;
    env->ppk_mix = ppk_mix;
    fake_names_fill(env);
    fake_pki_fill(env);
    env->esp_allocate_spi = esp_allocate_spi;
    env->esp_install = esp_install;
    env->esp_update = esp_update;
    env->esp_delete = esp_delete;
    env->esp_last_inbound = esp_last_inbound;
    env->esp_retire = esp_retire;
    env->esp_policies_changed = esp_policies_changed;
}

void fake_services_drop_sas(struct gateway *gateway)
{
    for (struct fake_sa *sa = gateway->retired; sa; sa = sa->next) {
        sa->until_ms = 0;
    }
    data_path_forget_retired(gateway);
    while (gateway->sas) {
        struct fake_sa *gone = gateway->sas;
        gateway->sas = gone->next;
        free(gone);
    }
}

void fake_services_forget_keys(struct world *world)
{
    while (world->keys) {
        struct key_use *gone = world->keys;
        world->keys = gone->next;
        free(gone);
    }
}
