// Where SAs send to, and when they were last heard.
#include "esp-d/service.h"

#include <errno.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "esp-d/esp.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"

typedef Bulkhead__Internal__V1__EspUpdateSaRequest update_message;

int service_read_encapsulation(const struct esp *esp, Bulkhead__Internal__V1__EspEncapsulation message, uint8_t family,
                               enum path_encapsulation *ret_encapsulation)
{
    if (message == BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE) {
        if (!raw_has(&esp->lanes[0].raw, family))
            return -EOPNOTSUPP;
        *ret_encapsulation = PATH_PROTOCOL_50;
    } else {
        *ret_encapsulation = PATH_IN_UDP;
    }
    return 0;
}

static int update(struct esp *esp, const update_message *m)
{
    struct database_path path = {.follow_remote = m->follow_remote, .keepalive_s = m->keepalive_s};
    int err;

    if (m->keepalive_s > ESP_KEEPALIVE_MAX_S || edge_message_endpoint(m->local, &path.local) ||
        edge_message_endpoint(m->remote, &path.remote))
        return -EINVAL;
    err = service_read_encapsulation(esp, m->encapsulation, path.remote.address.family, &path.encapsulation);
    return err ? err : database_update(&esp->db, m->spi_in, &path);
}

static const char *update_error(int err)
{
    switch (err) {
    case -ENOENT:
        return "no such SA";
    case -EOPNOTSUPP:
        return "encapsulation is not supported";
    case -EINVAL:
        return "endpoints or keepalive are out of bounds";
    default:
        return "no memory for another path";
    }
}

void service_update_sa(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const update_message *m = (const update_message *)message;
    int err = update(esp_of(arg), m);
    struct endpoint remote;
    char text[ENDPOINT_TEXT_MAX];

    if (err) {
        service_fail(request, err, update_error(err));
        return;
    }
    if (!edge_message_endpoint(m->remote, &remote))
        log_info("sa_moved", LOG_HEX32("spi_in", m->spi_in),
                 LOG_STR("remote", endpoint_format(&remote, text, sizeof(text))));
    ipc_request_reply_empty(request);
}

static uint32_t ago_ms(const struct database *db, uint32_t spi_in, uint64_t now_ms)
{
    const struct child *child = sad_find(&db->sad, spi_in);
    uint64_t last = child ? atomic_load_explicit(&child->in.last_ms, memory_order_relaxed) : 0;
    uint64_t ago = now_ms > last ? now_ms - last : 0; // the worker may have looked at the clock later than we

    return !last ? UINT32_MAX : ago < UINT32_MAX ? (uint32_t)ago : UINT32_MAX - 1;
}

void service_last_inbound(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__EspLastInboundRequest *m =
        (const Bulkhead__Internal__V1__EspLastInboundRequest *)message;
    Bulkhead__Internal__V1__EspLastInboundResponse response = BULKHEAD__INTERNAL__V1__ESP_LAST_INBOUND_RESPONSE__INIT;
    uint64_t now_ms = clock_monotonic_ms(&clock_system);
    uint32_t ago[ESP_LAST_INBOUND_MAX];

    if (m->n_spis_in > ESP_LAST_INBOUND_MAX) {
        service_fail(request, -EINVAL, "at most 256 SAs in one question");
        return;
    }
    for (size_t i = 0; i < m->n_spis_in; i++)
        ago[i] = ago_ms(&esp_of(arg)->db, m->spis_in[i], now_ms);
    response.n_ago_ms = m->n_spis_in;
    response.ago_ms = ago;
    ipc_request_reply(request, &response.base);
}
