#include "esp-d/esp.h"

#include <errno.h>
#include <stdlib.h>

#include "esp-d/report.h"
#include "esp-d/sweep.h"
#include "esp-d/tun.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"

// For tests: names one backend.
#define CIPHER_VARIABLE "BULKHEAD_ESP_CIPHER"

#define TICK_MS 100u

static int choose_cipher(struct esp *esp)
{
    const struct cipher_backend *reference = cipher_backend_find("openssl");
    const char *wanted = getenv(CIPHER_VARIABLE), *failed;
    int err;

    esp->backend = cipher_backend_find(wanted);
    if (!esp->backend || !reference) {
        log_error("cipher_missing", LOG_STR("wanted", wanted ? wanted : "openssl"));
        return -ENOENT;
    }
    err = cipher_self_test(esp->backend, reference, &failed);
    if (err)
        log_error("cipher_self_test_failed", LOG_STR("backend", esp->backend->name), LOG_STR("suite", failed));
    else
        log_info("cipher", LOG_STR("backend", esp->backend->name));
    return err;
}

static int failed(const char *what, int err)
{
    if (err < 0)
        log_error("open_failed", LOG_STR("what", what), LOG_ERRNO(err));
    return err;
}

int esp_open(struct daemon *daemon)
{
    struct esp *esp = esp_of(daemon);
    int err;

    esp->daemon = daemon;
    err = choose_cipher(esp);
    if (err)
        return err;
    err = failed("UDP port 4500", udp_open(ESP_NAT_PORT, &esp->udp));
    if (err)
        return err;
    esp->tun = failed(daemon->options->tun, tun_open(daemon->options->tun, role_uid(ROLE_ESP), role_gid(ROLE_ESP)));
    if (esp->tun < 0)
        return esp->tun;
    return failed("databases", database_init(&esp->db, esp->backend));
}

static void wake(void *arg)
{
    struct esp *esp = arg;

    uv_async_send(&esp->events);
}

static void on_events(uv_async_t *async)
{
    report_events(async->data);
}

static void on_tick(uv_timer_t *timer)
{
    struct esp *esp = timer->data;
    uint64_t now_ms = clock_monotonic_ms(&clock_system);

    retire_flush(&esp->db.retire);
    database_sweep(&esp->db, now_ms);
    sweep_tick(esp, now_ms);
}

int esp_start(struct daemon *daemon)
{
    struct esp *esp = esp_of(daemon);
    struct worker_config config = {&esp->db, esp->backend, &esp->udp, esp->tun, wake, esp};
    int err;

    esp->events.data = esp->tick.data = esp;
    err = uv_async_init(daemon->loop, &esp->events, on_events);
    if (!err)
        err = uv_timer_init(daemon->loop, &esp->tick);
    if (!err)
        err = uv_timer_start(&esp->tick, on_tick, TICK_MS, TICK_MS);
    if (!err)
        err = worker_init(&esp->worker, &config);
    return err ? err : worker_start(&esp->worker);
}

void esp_stop(struct daemon *daemon)
{
    struct esp *esp = esp_of(daemon);

    worker_stop(&esp->worker);
    uv_close((uv_handle_t *)&esp->events, NULL);
    uv_close((uv_handle_t *)&esp->tick, NULL);
    worker_done(&esp->worker);
    database_done(&esp->db);
    udp_close(&esp->udp);
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
