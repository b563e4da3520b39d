// What a peer that has authenticated itself can do with the exchanges: two cores make an IKE SA, then the input, cut
// into payloads, goes to one of them as authentic requests, and as datagrams of a stranger.
//
// Input: messages of {u8 kind, u8 number of payloads, payloads of {u8 type, u8 length, bytes}}. The kind's low two bits
// choose the exchange, its high bit a stranger's IKE_SA_INIT instead. Before that, 0x10 lets B replace its CHILD_SA,
// 0x20 its IKE SA; with 0x08 A does not hear it, and 0x40 makes the message the answer to it. 0x04 in the first one:
// both authenticate by certificates; as IKE_AUTH that message then takes the place of A's own.
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/intake.h"
#include "ike-d/exch/received.h"
#include "ike-d/exch/recovery.h"
#include "ike-d/exch/sa_expiry.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/key/sk.h"
#include "lib/core/log.h"
#include "lib/core/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pending { // an answer or a datagram that waits for its turn
    struct pending *next;
    int side;
    struct ike_job_result result;
    uint64_t job; // 0: a datagram
    struct endpoint local;
    struct endpoint remote;
    size_t n;
    uint8_t b[];
};

struct gateway {
    int side;
    struct ike_env env;
    struct ike_core core;
    uint32_t next_spi;
};

static struct gateway gateways[2];
static struct pending *first;
static struct pending **last = &first;
static uint64_t now_ms;
static uint8_t random_byte;
static bool a_is_deaf;
static bool has_certificates;
static bool steals_auth; // A's IKE_AUTH does not arrive

static void queue(struct gateway *gateway, int side, struct pending *pending)
{
    (void)gateway;
    pending->side = side;
    *last = pending;
    last = &pending->next;
}

static void answer(struct gateway *gateway, uint64_t job, const struct ike_job_result *result)
{
    struct pending *pending = calloc(1, sizeof(*pending) + result->data.n);
    pending->job = job;
    pending->result = *result;
    pending->n = result->data.n;
    if (result->data.n) {
        memcpy(pending->b, result->data.p, result->data.n);
    }
    queue(gateway, gateway->side, pending);
}

static void on_send(void *arg, const struct endpoint *local, const struct endpoint *remote, struct bytes message)
{
    struct gateway *gateway = arg;
    struct ike_header header;
    struct wire_error error;
    if (steals_auth && gateway->side == 0 && header_parse(message, &header, &error) == WIRE_OK &&
        header.exchange == EXCHANGE_IKE_AUTH) {
        return;
    }
    struct pending *pending = calloc(1, sizeof(*pending) + message.n);
    pending->local = *remote;
    pending->remote = *local;
    pending->n = message.n;
    memcpy(pending->b, message.p, message.n);
    queue(gateway, !gateway->side, pending);
}

static int find_local(void *arg, const struct address *remote, struct address *ret_local)
{
    (void)remote;
    return address_parse(((struct gateway *)arg)->side ? "192.0.2.2" : "192.0.2.1", ret_local);
}

static int list_local(void *arg, struct address *ret_addresses, unsigned max)
{
    return max > 1 && find_local(arg, NULL, &ret_addresses[0]) == 0 &&
                   address_parse("198.51.100.7", &ret_addresses[1]) == 0
               ? 2
               : -1;
}

static void generate(void *arg, uint64_t job, const struct ke_algorithm *ke)
{
    struct ike_job_result result = {.outcome = IKE_JOB_FAILED};
    if (kex_new(ke, &result.kex) == 0) {
        result.outcome = IKE_JOB_OK;
    }
    answer(arg, job, &result);
}

static void derive(void *arg, uint64_t job, struct kex *kex, struct bytes peer_public)
{
    struct ike_job_result result = {.outcome = IKE_JOB_FAILED};
    struct kex_secret secret;
    if (kex_derive(kex, peer_public, &secret) == 0) {
        result.outcome = IKE_JOB_OK;
        result.data = kex_secret_view(&secret);
    }
    kex_free(kex);
    answer(arg, job, &result);
}

static void exchange(void *arg, uint64_t job, const struct ke_algorithm *ke, struct bytes peer_public)
{
    struct ike_job_result result = {.outcome = IKE_JOB_FAILED};
    struct kex_secret secret;
    if (kex_new(ke, &result.kex) == 0 && kex_derive(result.kex, peer_public, &secret) == 0) {
        result.outcome = IKE_JOB_OK;
        result.data = kex_secret_view(&secret);
    }
    answer(arg, job, &result);
}

static void last_inbound(void *arg, uint64_t job, const uint32_t *spis_in, unsigned n)
{
    (void)spis_in;
    answer(arg, job, &(struct ike_job_result){.ago_ms = n ? 5000 : UINT32_MAX});
}

static void sign(void *arg, uint64_t job, const struct psk_request *request)
{
    (void)request;
    answer(arg, job, &(struct ike_job_result){.data = bytes_of_str("a MAC that everybody believes...")});
}

static void verify(void *arg, uint64_t job, const struct psk_request *request)
{
    struct bytes ours = bytes_of_str("a MAC that everybody believes...");
    answer(arg, job, &(struct ike_job_result){.data = request->answer ? ours : bytes_of(NULL, 0)});
}

static void get_credential(void *arg, uint64_t job, const char *tunnel)
{
    static struct credential credential = {.chain_n = 1};
    (void)tunnel;
    credential.chain[0] = bytes_of_str("a certificate that nobody reads");
    credential.authorities = bytes_of_str("the hash of a CA key");
    if (identity_parse(((struct gateway *)arg)->side ? "b.example" : "a.example", &credential.own_id) < 0) {
        abort();
    }
    answer(arg, job, &(struct ike_job_result){.credential = &credential});
}

static void certificate_sign(void *arg, uint64_t job, const struct psk_request *request, uint32_t peer_hashes)
{
    (void)request;
    (void)peer_hashes;
    answer(arg, job,
           &(struct ike_job_result){.data = bytes_of_str("a signature"), .auth_method = AUTH_METHOD_DIGITAL_SIGNATURE});
}

// By the first byte of the first certificate.
static void peer_verify(void *arg, uint64_t job, const struct peer_proof *proof)
{
    static struct peer_certificate peer = {.reason = "", .subject = "CN=a", .serial = "01", .issuer = "CN=ca"};
    if (proof->certificates_n == 0 || proof->certificates[0].n == 0 || proof->certificates_n > WIRE_CERTS_MAX) {
        abort();
    }
    peer.verdict = PEER_VERDICT_ACCEPTED + proof->certificates[0].p[0] % PEER_VERDICT_NOT_CONFIGURED;
    answer(arg, job,
           &(struct ike_job_result){.outcome = peer.verdict == PEER_VERDICT_ACCEPTED ? IKE_JOB_OK : IKE_JOB_REFUSED,
                                    .peer = &peer});
}

static void mix(void *arg, uint64_t job, const struct ppk_request *request)
{
    static const uint8_t key[64];
    struct bytes one = bytes_of(key, request->keys[0].n);
    answer(arg, job, &(struct ike_job_result){.keys = {one, one, one}});
}

static void allocate(void *arg, uint64_t job)
{
    answer(arg, job, &(struct ike_job_result){.spi = ((struct gateway *)arg)->next_spi++});
}

static void update(void *arg, const struct esp_update *sa)
{
    (void)arg;
    (void)sa;
}

static void install(void *arg, uint64_t job, const struct esp_install *sa)
{
    if (sa->local_selectors_n == 0 || sa->remote_selectors_n == 0 || sa->encr_key_in.n == 0) {
        abort(); // nothing of that kind may ever reach esp-d
    }
    answer(arg, job, &(struct ike_job_result){0});
}

static void forget(void *arg, uint32_t spi_in)
{
    (void)arg;
    (void)spi_in;
}

static void retire(void *arg, uint32_t spi_in, uint32_t inbound_for_ms)
{
    (void)inbound_for_ms;
    forget(arg, spi_in);
}

static void ignore(void *arg)
{
    (void)arg;
}

static void ignore_tunnel(void *arg, const struct tunnel *tunnel)
{
    (void)arg;
    (void)tunnel;
}

static void ignore_event(void *arg, const struct ike_event *event)
{
    (void)arg;
    (void)event;
}

static uint64_t time_ms(void *arg)
{
    (void)arg;
    return now_ms;
}

static int fill(void *arg, void *out, size_t n)
{
    (void)arg;
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)out)[i] = (uint8_t)(random_byte += 37, random_byte ^ (random_byte >> 3));
    }
    random_byte++;
    return 0;
}

static const struct clock clock_fake = {.monotonic_ms = time_ms, .wall_s = time_ms};
static const struct random_source random_fake = {.fill = fill};

static struct tunnel_config *config_of(int side)
{
    struct tunnel_config *config = calloc(1, sizeof(*config));
    config->mobike = true;
    config->fragmentation = true;
    const char *const ike[] = {"aes128gcm16-prfsha256-x25519"};
    const char *const esp[] = {"aes128gcm16", "aes128gcm16-x25519"};
    char error[64];
    const char *why;
    memcpy(config->name, "net", 3);
    config->start = side ? TUNNEL_START_PASSIVE : TUNNEL_START_UP;
    config->liveness_ms = 30000;
    config->ppk_id = strdup("k");
    config->certificate = has_certificates ? strdup("c") : NULL;
    config->remote_id_kind = has_certificates ? IDENTITY_PATTERN_ANY : IDENTITY_PATTERN_EXACT;
    config->protected = calloc(1, sizeof(*config->protected));
    config->protected_n = 1;
    if (address_parse(side ? "192.0.2.1" : "192.0.2.2", &config->remote) < 0 ||
        selector_parse(side ? "10.2.0.0/24" : "10.1.0.0/24", "", "", &config->protected->local, &why) < 0 ||
        selector_parse(side ? "10.1.0.0/24" : "10.2.0.0/24", "", "", &config->protected->remote, &why) < 0 ||
        offer_new(ike, 1, PROPOSAL_IKE, &config->ike_offer, error, sizeof(error)) < 0 ||
        child_config_add(config, &config->protected[0], NULL) < 0 ||
        offer_new(esp, 2, PROPOSAL_ESP, &config->esp_offer, error, sizeof(error)) < 0) {
        abort();
    }
    return config;
}

static void start(int side)
{
    struct gateway *gateway = &gateways[side];
    struct tunnel_config *config = config_of(side);
    gateway->side = side;
    gateway->next_spi = 0x1000;
    gateway->env = (struct ike_env){.arg = gateway,
                                    .clock = &clock_fake,
                                    .random = &random_fake,
                                    .send = on_send,
                                    .find_local = find_local,
                                    .list_local = list_local,
                                    .kex_generate = generate,
                                    .kex_derive = derive,
                                    .kex_exchange = exchange,
                                    .psk_sign = sign,
                                    .psk_verify = verify,
                                    .ppk_mix = mix,
                                    .get_credential = get_credential,
                                    .certificate_sign = certificate_sign,
                                    .peer_verify = peer_verify,
                                    .esp_allocate_spi = allocate,
                                    .esp_install = install,
                                    .esp_update = update,
                                    .esp_delete = forget,
                                    .esp_last_inbound = last_inbound,
                                    .esp_retire = retire,
                                    .esp_policies_changed = ignore,
                                    .tunnel_changed = ignore_tunnel,
                                    .attempt_ended = ignore_tunnel,
                                    .event = ignore_event};
    if (ike_core_init(&gateway->core, &gateway->env) < 0) {
        abort();
    }
    recovery_on_esp_up(&gateway->core, NULL, 0);
    tunnel_driver_configure(&gateway->core, &config, 1);
}

static void deliver(struct pending *pending)
{
    struct ike_core *core = &gateways[pending->side].core;
    if (pending->job) {
        pending->result.data = bytes_of(pending->b, pending->n);
        ike_job_finish(&core->jobs, pending->job, &pending->result);
        kex_free(pending->result.kex);
    } else if (pending->side == 1 || !a_is_deaf) {
        intake_datagram(core, &pending->local, &pending->remote, bytes_of(pending->b, pending->n));
    }
    free(pending);
    ike_core_run(core);
}

// At most so many steps: what a message brings about ends by itself, or the fuzzer's time limit says so.
static void settle(void)
{
    while (first) {
        struct pending *pending = first;
        first = pending->next;
        if (!first) {
            last = &first;
        }
        deliver(pending);
    }
}

static struct ike_sa *sa_of(int side)
{
    struct tunnel *tunnel = gateways[side].core.tunnels;
    return tunnel && tunnel->sas && ike_sa_is_established(tunnel->sas) ? tunnel->sas : NULL;
}

// B's own exchanges, whose answers the input may forge.
static void make_wishes(uint8_t kind)
{
    struct ike_sa *b = sa_of(1);
    struct child_sa *child = b ? child_sa_find_state(b, CHILD_SA_STATE_ESTABLISHED) : NULL;
    a_is_deaf = kind & 0x08;
    if (child && kind & 0x10) {
        sa_expiry_replace_child(child);
    }
    if (b && kind & 0x20) {
        sa_expiry_replace_ike(b);
    }
    settle();
}

static void put_payloads(struct reader *r, struct message_writer *mw)
{
    uint8_t count = 0;
    (void)reader_u8(r, &count);
    for (uint8_t i = 0; i < count; i++) {
        uint8_t type;
        uint8_t n;
        struct bytes body;
        if (reader_u8(r, &type) < 0 || reader_u8(r, &n) < 0 || reader_bytes(r, n, &body) < 0) {
            return;
        }
        message_put_raw(mw, type & 0x7f, type & 0x80, body);
    }
}

// A's request in a handshake, in place of its own.
static void send_auth(struct reader *r)
{
    struct tunnel *tunnel = gateways[0].core.tunnels;
    struct ike_sa *a = tunnel ? tunnel->sas : NULL;
    uint8_t buffer[8192];
    struct message_writer mw;
    struct bytes message;
    if (!a || !a->has_keys) {
        return;
    }
    struct ike_header header = {.initiator_spi = a->spi_i,
                                .responder_spi = a->spi_r,
                                .exchange = EXCHANGE_IKE_AUTH,
                                .initiator = true,
                                .message_id = 1};
    message_begin(&mw, buffer, sizeof(buffer), &header);
    sk_begin(&a->sk, &mw);
    put_payloads(r, &mw);
    steals_auth = false;
    if (sk_finish(&a->sk, &random_fake, &mw, &message) == 0) {
        on_send(&gateways[0], &a->local, &a->remote, message);
    }
}

// From A, authentic, the next request that B expects.
static void send_authentic(uint8_t kind, struct reader *r)
{
    static const uint8_t exchanges[4] = {EXCHANGE_CREATE_CHILD_SA, EXCHANGE_INFORMATIONAL, EXCHANGE_CREATE_CHILD_SA,
                                         EXCHANGE_IKE_AUTH};
    struct ike_sa *a = sa_of(0);
    struct ike_sa *b = sa_of(1);
    uint8_t buffer[8192];
    struct message_writer mw;
    struct bytes message;
    if (!a || !b || a->spi_i != b->spi_i) {
        return;
    }
    struct ike_header header = {.initiator_spi = a->spi_i,
                                .responder_spi = a->spi_r,
                                .exchange = exchanges[kind & 3],
                                .initiator = a->initiator,
                                .message_id = b->next_expected_id};
    if (kind & 0x40) {
        header.response = true;
        header.exchange = b->request.exchange;
        header.message_id = b->request.message_id;
    }
    message_begin(&mw, buffer, sizeof(buffer), &header);
    sk_begin(&a->sk, &mw);
    put_payloads(r, &mw);
    if (sk_finish(&a->sk, &random_fake, &mw, &message) == 0) {
        on_send(&gateways[0], &a->local, &a->remote, message);
    }
}

static void send_stranger(struct reader *r)
{
    struct endpoint local;
    struct endpoint remote;
    uint8_t buffer[8192];
    struct message_writer mw;
    struct bytes message;
    struct ike_header header = {.initiator_spi = 1 + random_byte, .exchange = EXCHANGE_IKE_SA_INIT, .initiator = true};
    message_begin(&mw, buffer, sizeof(buffer), &header);
    put_payloads(r, &mw);
    if (message_finish(&mw, &message) == 0 && endpoint_parse("192.0.2.1:500", &local) == 0 &&
        endpoint_parse("192.0.2.2:500", &remote) == 0) {
        on_send(&gateways[0], &local, &remote, message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(bytes_of(data, size));
    uint8_t kind;
    log_init("fuzz", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    now_ms = 1000;
    random_byte = 0;
    has_certificates = size && data[0] & 0x04;
    steals_auth = has_certificates && (data[0] & 3) == 3;
    start(1);
    start(0);
    settle();
    while (reader_u8(&r, &kind) == 0) {
        if (steals_auth) {
            send_auth(&r);
        } else if (kind & 0x80) {
            send_stranger(&r);
        } else {
            make_wishes(kind);
            send_authentic(kind, &r);
        }
        settle();
        a_is_deaf = false;
    }
    for (int side = 0; side < 2; side++) {
        tunnel_driver_stop(&gateways[side].core, false);
        settle();
        ike_core_done(&gateways[side].core);
    }
    return 0;
}
