#include "esp-d/esp.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "esp-d/discovery.h"
#include "esp-d/mtu.h"
#include "esp-d/path_mtu.h"
#include "esp-d/report.h"
#include "esp-d/sweep.h"
#include "esp-d/tun.h"
#include "esp-d/udp_group.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"

// For tests: names one backend; and algorithms that are to fail the self-test ("ipsec-mb:aes256gcm16,openssl:sha256").
#define CIPHER_VARIABLE "BULKHEAD_ESP_CIPHER"
#define FAULTS_VARIABLE "BULKHEAD_ESP_CIPHER_FAULTS"

#define TICK_MS 100u

static void tell_failures(const struct cipher_choice *ciphers)
{
    for (unsigned i = 0; i < ciphers->rows_n; i++) {
        const struct cipher_choice_row *row = &ciphers->rows[i];
        const struct cipher_backend *instead = cipher_choice_of(ciphers, row);

        for (unsigned k = 0; k < ciphers->backends_n; k++) {
            if (row->verdict[k] == CIPHER_FAILS)
                log_error("cipher_self_test_failed", LOG_STR("backend", ciphers->backends[k]->name),
                          LOG_STR("algorithm", row->algorithm.name), LOG_STR("instead", instead ? instead->name : ""));
        }
    }
}

static int choose_cipher(struct esp *esp)
{
    const char *wanted = getenv(CIPHER_VARIABLE);
    int err = cipher_choice_make(&esp->ciphers, wanted, getenv(FAULTS_VARIABLE));

    if (err) {
        log_error("cipher_missing", LOG_STR("wanted", wanted ? wanted : "openssl"), LOG_ERRNO(err));
        return err;
    }
    tell_failures(&esp->ciphers);
    esp->backend = esp->ciphers.backends[0];
    if (esp->backend->is_checked)
        log_info("cipher", LOG_STR("backend", esp->backend->name));
    else
        log_error("nothing_is_encrypted", LOG_STR("backend", esp->backend->name));
    return 0;
}

static int failed(const char *what, int err)
{
    if (err < 0)
        log_error("open_failed", LOG_STR("what", what), LOG_ERRNO(err));
    return err;
}

// One a core that this process may run on, unless the operator wants another number.
static unsigned count_workers(const struct daemon *daemon)
{
    unsigned wanted = daemon->options->workers;
    cpu_set_t cores;

    if (!wanted)
        wanted = sched_getaffinity(0, sizeof(cores), &cores) == 0 ? (unsigned)CPU_COUNT(&cores) : 1;
    return wanted < ESP_WORKERS_MAX ? wanted : ESP_WORKERS_MAX;
}

static int open_udp(struct esp *esp)
{
    struct udp sockets[ESP_WORKERS_MAX + 1];
    int err = failed("UDP port 4500", udp_group_open(ESP_NAT_PORT, esp->workers, sockets));

    if (err)
        return err;
    esp->control.udp = sockets[0];
    for (unsigned i = 0; i < esp->workers; i++)
        esp->lanes[i].udp = sockets[i + 1];
    return 0;
}

// A container may not allow raw sockets. Then every SA goes in UDP: said once, and not an error.
static int open_raw(struct esp *esp)
{
    bool is_forbidden = false;
    int err = 0;

    for (unsigned i = 0; i < esp->workers && !err; i++) {
        err = is_forbidden ? 0 : raw_open(i, esp->workers, &esp->lanes[i].raw);
        is_forbidden |= err == -EPERM || err == -EACCES;
        if (is_forbidden)
            esp->lanes[i].raw = (struct raw){-1, -1};
        err = is_forbidden ? 0 : err;
    }
    if (is_forbidden)
        log_warning("no_raw_sockets", LOG_STR("what", "IP protocol 50 can't be used, ESP goes in UDP"));
    return err;
}

static int open_tun(struct esp *esp)
{
    const char *name = esp->daemon->options->tun;
    int queues[ESP_WORKERS_MAX];
    int err = failed(name, tun_open(name, role_uid(ROLE_ESP), role_gid(ROLE_ESP), esp->workers, queues));

    for (unsigned i = 0; i < esp->workers && !err; i++)
        esp->lanes[i].tun = queues[i];
    return err;
}

int esp_open(struct daemon *daemon)
{
    struct esp *esp = esp_of(daemon);
    int err;

    esp->daemon = daemon;
    esp->workers = count_workers(daemon);
    err = choose_cipher(esp);
    if (!err)
        err = open_udp(esp);
    if (!err)
        err = failed("raw sockets of IP protocol 50", open_raw(esp));
    if (!err)
        err = failed("ICMP", icmp_listener_open(&esp->icmp));
    if (!err)
        err = open_tun(esp);
    return err ? err : failed("databases", database_init(&esp->db, esp->backend));
}

static void wake(void *arg)
{
    struct esp *esp = arg;

    uv_async_send(&esp->events);
}

static void on_events(uv_async_t *async)
{
    report_events(async->data);
    control_take_ike(async->data);
}

// All sockets of the group: what the kernel hears of a path, it may hear for any of them.
static void let_kernel_cut(const struct esp *esp)
{
    discovery_let_kernel_cut(esp->control.udp.fd6);
    for (unsigned i = 0; i < esp->workers; i++) {
        discovery_let_kernel_cut(esp->lanes[i].udp.fd6);
        discovery_let_kernel_cut(esp->lanes[i].raw.fd6);
    }
}

static void on_hint(void *arg, const struct icmp_hint *hint)
{
    struct esp *esp = arg;
    uint64_t now_ms = clock_monotonic_ms(&clock_system);
    char text[ADDRESS_TEXT_MAX];
    uint32_t learned;

    if (!ratelimit_take(&esp->hints_limit, now_ms))
        return;
    learned = path_mtu_learn(&esp->db, hint, now_ms);
    if (!learned)
        return;
    log_info("path_mtu", LOG_STR("remote", address_format(&hint->remote, text, sizeof(text))),
             LOG_UINT("bytes", learned));
    if (hint->remote.family == 6 && learned < MTU_PATH_IPV6_NARROW)
        let_kernel_cut(esp);
}

static void on_tick(uv_timer_t *timer)
{
    struct esp *esp = timer->data;
    uint64_t now_ms = clock_monotonic_ms(&clock_system);

    retire_flush(&esp->db.retire);
    database_sweep(&esp->db, now_ms);
    sweep_tick(esp, now_ms);
    icmp_listener_read(&esp->icmp, on_hint, esp);
}

static int start_worker(struct esp *esp, struct lane *lane)
{
    struct worker_config config = {&esp->db, esp->backend, &lane->udp, &lane->raw, lane->tun, wake, esp};
    int err = worker_init(&lane->worker, &config);

    return err ? err : worker_start(&lane->worker);
}

int esp_start(struct daemon *daemon)
{
    struct esp *esp = esp_of(daemon);
    int err;

    ratelimit_init(&esp->hints_limit, ESP_HINTS_PER_S, ESP_HINTS_PER_S, 0);
    esp->events.data = esp->tick.data = esp;
    err = uv_async_init(daemon->loop, &esp->events, on_events);
    if (!err)
        err = uv_timer_init(daemon->loop, &esp->tick);
    if (!err)
        err = uv_timer_start(&esp->tick, on_tick, TICK_MS, TICK_MS);
    if (!err)
        err = control_start(esp);
    for (unsigned i = 0; i < esp->workers && !err; i++)
        err = start_worker(esp, &esp->lanes[i]);
    if (!err)
        log_info("workers", LOG_UINT("count", esp->workers));
    return err;
}

void esp_stop(struct daemon *daemon)
{
    struct esp *esp = esp_of(daemon);

    for (unsigned i = 0; i < esp->workers; i++)
        worker_stop(&esp->lanes[i].worker);
    control_stop(esp);
    uv_close((uv_handle_t *)&esp->events, NULL);
    uv_close((uv_handle_t *)&esp->tick, NULL);
    for (unsigned i = 0; i < esp->workers; i++) {
        worker_done(&esp->lanes[i].worker);
        udp_close(&esp->lanes[i].udp);
        raw_close(&esp->lanes[i].raw);
    }
    database_done(&esp->db);
    icmp_listener_close(&esp->icmp);
}

uint64_t esp_count_drops(const struct esp *esp, enum drop reason)
{
    uint64_t packets = atomic_load_explicit(&esp->control.drops.n[reason], memory_order_relaxed);

    for (unsigned i = 0; i < esp->workers; i++)
        packets += atomic_load_explicit(&esp->lanes[i].worker.drops.n[reason], memory_order_relaxed);
    return packets;
}

void esp_on_peer(struct daemon *daemon, enum role role, bool up)
{
    struct sad *sad = &esp_of(daemon)->db.sad;

    if (role != ROLE_IKE || !up)
        return;
    // What was told to an ike-d that is gone is told again, with the next packet.
    for (struct child *c = sad_next(sad, 0); c; c = sad_next(sad, c->in.spi)) {
        atomic_store(&c->told_soft, false);
        atomic_store(&c->told_hard, false);
    }
}
