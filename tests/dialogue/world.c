#include "tests/dialogue/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/intake.h"
#include "ike-d/exch/recovery.h"
#include "lib/core/log.h"
#include "tests/dialogue/fake_services.h"
#include "tests/dialogue/wire_text.h"

struct event {
    struct event *next;
    uint64_t at_ms;
    uint64_t sequence;
    int side; // whose core gets it
    bool is_answer;
    bool is_packet;
    uint32_t spi;
    struct fake_key key;
    struct fake_answer answer;
    struct endpoint local;
    struct endpoint remote;
    size_t n;
    uint8_t datagram[];
};

uint32_t world_random(struct world *world, uint32_t bound)
{
    uint64_t x = world->random_state; // xorshift64*
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    world->random_state = x;
    return (uint32_t)((x * 0x2545F4914F6CDD1DULL) >> 33) % bound;
}

static void post(struct world *world, struct event *event, uint64_t after_ms)
{
    event->at_ms = world->now_ms + after_ms;
    event->sequence = world->sequence++;
    struct event **at = &world->events;
    while (*at && (*at)->at_ms <= event->at_ms) {
        at = &(*at)->next;
    }
    event->next = *at;
    *at = event;
}

void world_answer_later(struct gateway *gateway, const struct fake_answer *answer)
{
    struct event *event = calloc(1, sizeof(*event));
    event->side = gateway->side;
    event->is_answer = true;
    event->answer = *answer;
    post(gateway->world, event, gateway->world->work_ms + answer->extra_ms + world_random(gateway->world, 4));
}

static uint64_t travel_ms(struct world *world)
{
    bool late = world_random(world, 100) < world->reorder_percent;
    return 5 + world_random(world, 3) + (late ? world_random(world, 2500) : 0);
}

void world_post_packet(struct world *world, int to, const struct fake_sa *sa)
{
    struct event *event = calloc(1, sizeof(*event));
    event->side = to;
    event->is_packet = true;
    event->spi = sa->spi_out;
    event->key = sa->out;
    post(world, event, travel_ms(world));
}

static void post_copy(struct world *world, const struct event *origin, uint64_t after_ms)
{
    struct event *copy = malloc(sizeof(*copy) + origin->n);
    memcpy(copy, origin, sizeof(*copy) + origin->n);
    post(world, copy, after_ms);
}

static bool is_lost(struct world *world, int from, const struct ike_header *header, struct bytes message)
{
    if (world->filter && !world->filter(world, from, header, message)) {
        return true;
    }
    return world_random(world, 100) < world->drop_percent;
}

static void on_wire(struct world *world, int from, const struct endpoint *local, const struct endpoint *remote,
                    struct bytes message)
{
    struct ike_header header;
    struct wire_error error;
    struct gateway *to = &world->gateway[!from];
    struct endpoint source = *local;
    struct endpoint destination = *remote;
    if (message.n == 0) {
        world->keepalives[from]++;
        return;
    }
    ck_assert_int_eq(header_parse(message, &header, &error), WIRE_OK);
    world->sent[from]++;
    world->sent_by_exchange[from][header.exchange - EXCHANGE_IKE_SA_INIT]++;
    if (world->translate) {
        world->translate(world, from, &source, &destination);
    }
    if (is_lost(world, from, &header, message) || !address_equal(&destination.address, &to->address)) {
        return;
    }
    struct event *event = calloc(1, sizeof(*event) + message.n);
    event->side = !from;
    event->local = destination;
    event->remote = source;
    event->n = message.n;
    memcpy(event->datagram, message.p, message.n);
    if (world->held) {
        struct event **end = &world->wire;
        while (*end) {
            end = &(*end)->next;
        }
        *end = event;
        return;
    }
    if (world_random(world, 100) < world->double_percent) {
        post_copy(world, event, travel_ms(world));
    }
    post(world, event, travel_ms(world));
}

static void on_send(void *arg, const struct endpoint *local, const struct endpoint *remote, struct bytes message)
{
    struct gateway *gateway = arg;
    on_wire(gateway->world, gateway->side, local, remote, message);
}

void world_inject(struct world *world, int to, const char *from, struct bytes datagram)
{
    struct event *event = calloc(1, sizeof(*event) + datagram.n);
    event->side = to;
    event->local = (struct endpoint){.address = world->gateway[to].address, .port = 500};
    event->remote.port = 500;
    ck_assert_int_eq(address_parse(from, &event->remote.address), 0);
    event->n = datagram.n;
    memcpy(event->datagram, datagram.p, datagram.n);
    post(world, event, 1);
}

static int find_local(void *arg, const struct address *remote, struct address *ret_local)
{
    (void)remote;
    *ret_local = ((struct gateway *)arg)->address;
    return 0;
}

static int list_local(void *arg, struct address *ret_addresses, unsigned max)
{
    const struct gateway *gateway = arg;
    int n = 0;
    ck_assert_uint_le(gateway->others_n + 1, max);
    for (unsigned i = 0; i < gateway->others_n; i++) {
        ck_assert_int_eq(address_parse(gateway->others[i], &ret_addresses[n++]), 0);
    }
    ret_addresses[n++] = gateway->address;
    return n;
}

static void tunnel_changed(void *arg, const struct tunnel *tunnel)
{
    (void)arg;
    (void)tunnel;
}

static void attempt_ended(void *arg, const struct tunnel *tunnel)
{
    (void)tunnel;
    ((struct gateway *)arg)->attempts_ended++;
}

static void on_event(void *arg, const struct ike_event *event)
{
    ck_assert_ptr_nonnull(event->kind);
    ck_assert_ptr_nonnull(event->message);
    if (strcmp(event->kind, "weak_algorithm") == 0) {
        ((struct gateway *)arg)->weak_events++;
    }
    if (strcmp(event->kind, "other_name") == 0) {
        ((struct gateway *)arg)->other_names++;
    }
}

static uint64_t monotonic_ms(void *arg)
{
    return ((struct world *)arg)->now_ms;
}

static uint64_t wall_s(void *arg)
{
    return 1700000000 + ((struct world *)arg)->now_ms / 1000;
}

static int fill_random(void *arg, void *out, size_t n)
{
    struct gateway *gateway = arg;
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)world_random(gateway->world, 256);
    }
    if (n == IKE_NONCE_BYTES && gateway->nonces_n) {
        p[0] = gateway->nonces[0];
        memmove(gateway->nonces, gateway->nonces + 1, sizeof(gateway->nonces) - 1);
        gateway->nonces_n--;
    }
    return 0;
}

static void start_core(struct gateway *gateway)
{
    gateway->alive = true;
    ck_assert_int_eq(ike_core_init(&gateway->core, &gateway->env), 0);
}

static void report_sas(struct gateway *gateway)
{
    struct recovery_sa sas[16];
    size_t n = 0;
    for (const struct fake_sa *sa = gateway->sas; sa && n < 16; sa = sa->next) {
        sas[n++] = (struct recovery_sa){.tunnel = sa->tunnel, .spi_in = sa->spi_in};
    }
    recovery_on_esp_up(&gateway->core, sas, n);
}

static void init_gateway(struct world *world, int side)
{
    struct gateway *gateway = &world->gateway[side];
    gateway->world = world;
    gateway->side = side;
    gateway->clock = (struct clock){.monotonic_ms = monotonic_ms, .wall_s = wall_s, .arg = world};
    gateway->random = (struct random_source){.fill = fill_random, .arg = gateway};
    gateway->env = (struct ike_env){.arg = gateway,
                                    .clock = &gateway->clock,
                                    .random = &gateway->random,
                                    .send = on_send,
                                    .find_local = find_local,
                                    .list_local = list_local,
                                    .tunnel_changed = tunnel_changed,
                                    .attempt_ended = attempt_ended,
                                    .event = on_event};
    fake_services_fill(&gateway->env);
    ck_assert_int_eq(address_parse(side == A ? "192.0.2.1" : "192.0.2.2", &gateway->address), 0);
    gateway->secret = "correct horse battery staple";
    gateway->pki_up = true;
    gateway->esp_up = true;
    gateway->next_spi = side == A ? 0xa0000001 : 0xb0000001;
    start_core(gateway);
    report_sas(gateway);
}

void world_init(struct world *world, uint64_t seed)
{
    log_init("dialogue", getenv("DIALOGUE_LOG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    *world = (struct world){.now_ms = 1000, .random_state = seed * 0x9E3779B97F4A7C15ULL + 1};
    init_gateway(world, A);
    init_gateway(world, B);
}

static void free_event(struct event *event)
{
    if (event->is_answer) {
        kex_free(event->answer.kex);
    }
    free(event);
}

static void drop_events(struct world *world, int side)
{
    struct event **at = &world->events;
    while (*at) {
        struct event *event = *at;
        if (event->side == side) {
            *at = event->next;
            free_event(event);
        } else {
            at = &event->next;
        }
    }
}

static void ignore_delete(void *arg, uint32_t spi_in)
{
    (void)arg;
    (void)spi_in;
}

static void ignore_retire(void *arg, uint32_t spi_in, uint32_t inbound_for_ms)
{
    (void)arg;
    (void)spi_in;
    (void)inbound_for_ms;
}

void world_kill(struct world *world, int side)
{
    struct gateway *gateway = &world->gateway[side];
    drop_events(world, side);
    gateway->env.esp_delete = ignore_delete; // esp-d outlives it
    gateway->env.esp_retire = ignore_retire;
    tunnel_driver_stop(&gateway->core, false);
    ike_core_done(&gateway->core);
    gateway->alive = false;
    fake_services_fill(&gateway->env);
}

void world_start(struct world *world, int side)
{
    start_core(&world->gateway[side]);
}

void world_adopt(struct world *world, int side)
{
    report_sas(&world->gateway[side]);
}

void world_kill_esp(struct world *world, int side)
{
    struct gateway *gateway = &world->gateway[side];
    gateway->esp_up = false;
    fake_services_drop_sas(gateway);
    recovery_on_esp_down(&gateway->core);
}

void world_start_esp(struct world *world, int side)
{
    struct gateway *gateway = &world->gateway[side];
    gateway->esp_up = true;
    report_sas(gateway);
}

void world_done(struct world *world)
{
    for (int side = A; side <= B; side++) {
        if (world->gateway[side].alive) {
            world_kill(world, side);
        }
        fake_services_drop_sas(&world->gateway[side]);
    }
    while (world->wire) {
        struct event *event = world->wire;
        world->wire = event->next;
        free_event(event);
    }
    world_jump(world, 0); // packets
    ck_assert_ptr_null(world->events);
    fake_services_forget_keys(world);
}

static void deliver(struct world *world, struct event *event)
{
    struct gateway *gateway = &world->gateway[event->side];
    if (event->is_packet) {
        data_path_arrive(world, event->side, event->spi, &event->key);
        free_event(event);
        return;
    }
    if (!gateway->alive) {
        free_event(event);
        return;
    }
    if (event->is_answer) {
        struct ike_job_result result = {.outcome = event->answer.outcome,
                                        .data = bytes_of(event->answer.data, event->answer.data_n),
                                        .spi = event->answer.spi,
                                        .ago_ms = event->answer.ago_ms,
                                        .other_secret = event->answer.other_secret,
                                        .auth_method = event->answer.auth_method,
                                        .credential = event->answer.credential,
                                        .peer = event->answer.peer,
                                        .kex = event->answer.kex};
        if (event->answer.names && result.outcome == IKE_JOB_OK) { // else no list at all
            result.addresses = event->answer.names->addresses;
            result.addresses_n = event->answer.names->n;
            result.ttl_s = event->answer.names->ttl_s;
        }
        for (size_t i = 0; i < PPK_KEYS; i++) {
            result.keys[i] = bytes_of(event->answer.data + i * event->answer.key_n, event->answer.key_n);
        }
        ike_job_finish(&gateway->core.jobs, event->answer.job, &result);
        event->answer.kex = result.kex;
    } else {
        intake_datagram(&gateway->core, &event->local, &event->remote, bytes_of(event->datagram, event->n));
    }
    free_event(event);
    ike_core_run(&gateway->core);
}

static uint64_t next_ms(const struct world *world)
{
    uint64_t next = world->events ? world->events->at_ms : UINT64_MAX;
    for (int side = A; side <= B; side++) {
        const struct gateway *gateway = &world->gateway[side];
        uint64_t at = gateway->alive ? ike_core_next_ms(&gateway->core) : UINT64_MAX;
        next = at < next ? at : next;
    }
    return next;
}

// To the next thing that happens, but not past `end`. False: there was nothing.
static bool step(struct world *world, uint64_t end_ms)
{
    uint64_t next = next_ms(world);
    if (next > end_ms) {
        world->now_ms = end_ms;
        return false;
    }
    world->now_ms = next > world->now_ms ? next : world->now_ms;
    struct event *event = world->events;
    bool is_packet = event && event->at_ms <= world->now_ms && event->is_packet;
    if (event && event->at_ms <= world->now_ms) {
        world->events = event->next;
        deliver(world, event);
    }
    for (int side = A; side <= B; side++) {
        if (world->gateway[side].alive) {
            ike_core_run(&world->gateway[side].core);
        }
    }
    for (int side = A; side <= B && world->data.on && !is_packet; side++) {
        data_path_send(world, side);
    }
    return true;
}

void world_jump(struct world *world, uint64_t ms)
{
    struct event **at = &world->events;
    while (*at) {
        struct event *event = *at;
        if (event->is_packet) {
            *at = event->next;
            free_event(event);
        } else {
            at = &event->next;
        }
    }
    world->now_ms += ms;
}

void world_run(struct world *world, uint64_t ms)
{
    uint64_t end_ms = world->now_ms + ms;
    while (step(world, end_ms)) {
    }
}

bool world_run_until(struct world *world, bool (*done)(struct world *world), uint64_t at_most_ms)
{
    uint64_t end_ms = world->now_ms + at_most_ms;
    while (!done(world)) {
        if (!step(world, end_ms)) {
            return done(world);
        }
    }
    return true;
}

bool world_pass(struct world *world, int from, const char *what, bool lost)
{
    for (struct event **at = &world->wire; *at; at = &(*at)->next) {
        struct event *event = *at;
        char text[WIRE_TEXT_MAX];
        if (event->side == from ||
            !strstr(wire_text(&world->gateway[!from].core, bytes_of(event->datagram, event->n), text), what)) {
            continue;
        }
        *at = event->next;
        if (lost) {
            free_event(event);
        } else {
            post(world, event, 1);
        }
        return true;
    }
    return false;
}

void world_release(struct world *world)
{
    world->held = false;
    while (world->wire) {
        struct event *event = world->wire;
        world->wire = event->next;
        post(world, event, 5);
    }
}

const char *world_wire(struct world *world, int from)
{
    static char out[2048];
    size_t n = 0;
    out[0] = '\0';
    for (struct event *event = world->wire; event && n < sizeof(out) - WIRE_TEXT_MAX; event = event->next) {
        char text[WIRE_TEXT_MAX];
        if (event->side != from) {
            n += (size_t)snprintf(out + n, sizeof(out) - n, "%s; ",
                                  wire_text(&world->gateway[!from].core, bytes_of(event->datagram, event->n), text));
        }
    }
    return out;
}
