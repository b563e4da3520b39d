#include "ike-d/link/ike.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "ike-d/exch/intake.h"
#include "ike-d/exch/mobike_addresses.h"
#include "ike-d/exch/mobike_initiator.h"
#include "ike-d/exch/name_refresh.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/link/courier_client.h"
#include "ike-d/link/esp_client.h"
#include "ike-d/link/kex_pool.h"
#include "ike-d/link/pki_client.h"
#include "ike-d/link/verifier_client.h"
#include "ike-d/link/service.h"
#include "ike-d/sa/ike_limits.h"
#include "lib/core/log.h"

static void send_message(void *arg, const struct endpoint *local, const struct endpoint *remote, struct bytes message)
{
    struct ike *ike = arg;
    if (local->port == IKE_NATT_PORT) {
        esp_client_send_datagram(ike, local, remote, message);
    } else {
        udp_socket_send(&ike->udp[local->address.family == 6], local, remote, message);
    }
}

static int find_local(void *arg, const struct address *remote, struct address *ret_local)
{
    return route_probe_ask(&((struct ike *)arg)->probe, remote, ret_local);
}

static int list_local(void *arg, struct address *ret_addresses, unsigned max)
{
    return address_list_read(&((struct ike *)arg)->addresses, ret_addresses, max);
}

static int open_port(struct udp_socket *udp, uint8_t family)
{
    int error = udp_socket_open(udp, family, IKE_PORT);
    if (error < 0) {
        log_error("udp_open", LOG_UINT("family", family), LOG_UINT("port", IKE_PORT), LOG_ERRNO(error));
    }
    return error;
}

int ike_open(struct daemon *daemon)
{
    struct ike *ike = ike_of(daemon);
    if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_ADD_ALL_CIPHERS,
                            NULL) != 1) {
        log_error("start_failed", LOG_STR("step", "openssl"));
        return -EIO;
    }
    int error = open_port(&ike->udp[0], 4);
    if (error == 0) {
        error = open_port(&ike->udp[1], 6);
        error = error == -EAFNOSUPPORT ? 0 : error;
    }
    if (error == 0) {
        error = route_probe_open(&ike->probe);
    }
    if (error == 0) {
        error = address_list_open(&ike->addresses);
    }
    if (error == 0) {
        error = address_monitor_open(&ike->monitor);
    }
    return error;
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer; // on_prepare does what is due
}

// Before the loop sleeps: does what is due, and says until when it may sleep.
static void on_prepare(uv_prepare_t *prepare)
{
    struct ike *ike = prepare->data;
    do {
        ike_core_run(&ike->core);
    } while (spi_pool_answer(ike));
    uint64_t next = ike_core_next_ms(&ike->core);
    if (next == UINT64_MAX) {
        uv_timer_stop(&ike->timer);
        return;
    }
    uint64_t now = ike_core_now_ms(&ike->core);
    uv_timer_start(&ike->timer, on_timer, next > now ? next - now : 0, 0);
}

static void on_datagram(void *arg, const struct endpoint *local, const struct endpoint *remote, struct bytes datagram)
{
    struct ike *ike = arg;
    intake_datagram(&ike->core, local, remote, datagram);
}

static void on_addresses_changed(void *arg)
{
    struct ike *ike = arg;
    if (ike->core_ready) {
        mobike_initiator_review_all(&ike->core);
        mobike_addresses_review(&ike->core);
    }
}

static void fill_env(struct ike *ike)
{
    ike->env = (struct ike_env){.arg = ike,
                                .clock = &clock_system,
                                .random = &random_system,
                                .send = send_message,
                                .find_local = find_local,
                                .list_local = list_local};
    kex_pool_fill(&ike->env);
    esp_client_fill(&ike->env);
    pki_client_fill(&ike->env);
    courier_client_fill(&ike->env);
    verifier_client_fill(&ike->env);
    service_fill(&ike->env);
}

static int start_loop(struct ike *ike)
{
    uv_loop_t *loop = ike->daemon->loop;
    int error = uv_timer_init(loop, &ike->timer);
    if (error == 0) {
        error = event_queue_start(&ike->events, loop, ike->daemon->node);
    }
    if (error == 0) {
        error = uv_prepare_init(loop, &ike->prepare);
    }
    ike->prepare.data = ike;
    if (error == 0) {
        error = uv_prepare_start(&ike->prepare, on_prepare);
    }
    for (int i = 0; i < 2 && error == 0; i++) {
        error = udp_socket_start(&ike->udp[i], loop, on_datagram, ike);
    }
    if (error == 0) {
        error = address_monitor_start(&ike->monitor, loop, on_addresses_changed, ike);
    }
    return error;
}

int ike_start(struct daemon *daemon)
{
    struct ike *ike = ike_of(daemon);
    ike->daemon = daemon;
    fill_env(ike);
    int error = ike_core_init(&ike->core, &ike->env);
    if (error < 0) {
        return error;
    }
    ike->core_ready = true;
    return start_loop(ike);
}

void ike_on_peer(struct daemon *daemon, enum role role, bool up)
{
    struct ike *ike = ike_of(daemon);
    if (!ike->core_ready) {
        return;
    }
    if (role == ROLE_ESP) {
        esp_client_on_link(ike, up);
    } else if (role == ROLE_PKI && up) {
        tunnel_driver_pki_up(&ike->core);
        secret_check_all(ike);
    } else if (role == ROLE_COURIER && up) {
        name_refresh_on_courier(&ike->core);
    }
}

void ike_stop(struct daemon *daemon)
{
    struct ike *ike = ike_of(daemon);
    if (!ike->core_ready) {
        return;
    }
    service_done(ike);
    tunnel_driver_stop(&ike->core, true);
    event_queue_stop(&ike->events);
    ike_core_done(&ike->core);
    ike->core_ready = false;
    configuration_done(&ike->configuration);
    esp_client_done(ike);
    route_probe_close(&ike->probe);
    address_list_close(&ike->addresses);
    address_monitor_close(&ike->monitor);
    uv_prepare_stop(&ike->prepare);
    uv_close((uv_handle_t *)&ike->prepare, NULL);
    uv_close((uv_handle_t *)&ike->timer, NULL);
    for (int i = 0; i < 2; i++) {
        udp_socket_close(&ike->udp[i]);
    }
}
