#include "esp-d/report.h"

#include <stdlib.h>
#include <unistd.h>

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

// The packet's own selectors (RFC 7296 2.9).
static struct selector selector_of(address_key address, uint16_t port, const struct flow *flow)
{
    struct address a = address_of_key(address, flow->family);
    bool any = flow->opaque || !port;

    return (struct selector){
        .range = {a, a}, .protocol = flow->protocol, .start_port = any ? 0 : port, .end_port = any ? UINT16_MAX : port};
}

static int report_acquire(struct esp *esp, struct event *event)
{
    Bulkhead__Internal__V1__IkeAcquire m = BULKHEAD__INTERNAL__V1__IKE_ACQUIRE__INIT;
    const struct flow *flow = &event->flow;
    struct selector local = selector_of(flow->source, flow->source_port, flow);
    struct selector remote = selector_of(flow->destination, flow->destination_port, flow);
    selector_message local_message, remote_message;

    edge_message_put_selector(&local, &local_message);
    edge_message_put_selector(&remote, &remote_message);
    m.tunnel = event->tunnel;
    m.local = &local_message;
    m.remote = &remote_message;
    return ipc_notify(esp->daemon->node, METHOD(IKE_ACQUIRE), &m.base);
}

static_assert((int)LIFETIME_SEQUENCE == BULKHEAD__INTERNAL__V1__ESP_EXPIRY__ESP_EXPIRY_SEQUENCE &&
                  (int)LIFETIME_BYTES == BULKHEAD__INTERNAL__V1__ESP_EXPIRY__ESP_EXPIRY_BYTES &&
                  (int)LIFETIME_PACKETS == BULKHEAD__INTERNAL__V1__ESP_EXPIRY__ESP_EXPIRY_PACKETS,
              "the edge's numbers");

static int report_expire(struct esp *esp, struct event *event)
{
    Bulkhead__Internal__V1__IkeExpire m = BULKHEAD__INTERNAL__V1__IKE_EXPIRE__INIT;

    static const char *const reasons[] = {
        [LIFETIME_SEQUENCE] = "sequence", [LIFETIME_BYTES] = "bytes", [LIFETIME_PACKETS] = "packets"};

    log_notice("sa_expires", LOG_HEX32("spi_in", event->spi_in), LOG_STR("kind", event->end.hard ? "hard" : "soft"),
               LOG_STR("limit", reasons[event->end.reason]));
    m.spi_in = event->spi_in;
    m.hard = event->end.hard;
    m.reason = (Bulkhead__Internal__V1__EspExpiry)event->end.reason;
    return ipc_notify(esp->daemon->node, METHOD(IKE_EXPIRE), &m.base);
}

static int report_address_change(struct esp *esp, struct event *event)
{
    Bulkhead__Internal__V1__IkeAddressChange m = BULKHEAD__INTERNAL__V1__IKE_ADDRESS_CHANGE__INIT;
    char text[ENDPOINT_TEXT_MAX];
    endpoint_message remote;

    if (event->remote.port && database_follow(&esp->db, event->spi_in, &event->remote))
        return 0; // deleted or moved meanwhile
    log_info(event->remote.port ? "remote_moved" : "remote_sends_protocol_50", LOG_HEX32("spi_in", event->spi_in),
             LOG_STR("remote", endpoint_format(&event->remote, text, sizeof(text))));
    edge_message_put_endpoint(&event->remote, &remote);
    m.spi_in = event->spi_in;
    m.remote = &remote;
    return ipc_notify(esp->daemon->node, METHOD(IKE_ADDRESS_CHANGE), &m.base);
}

static int report(struct esp *esp, struct event *event)
{
    switch (event->kind) {
    case EVENT_ACQUIRE:
        return report_acquire(esp, event);
    case EVENT_EXPIRE:
        return report_expire(esp, event);
    case EVENT_ADDRESS_CHANGE:
        return report_address_change(esp, event);
    case EVENT_TUN_GONE:
        // Only a process with privileges can make it again: the next one of us.
        log_error("tun_gone", LOG_STR("hint", "the device was deleted; esp-d ends, to be started again"));
        _exit(EXIT_FAILURE); // workers are still at work: nothing is taken down under them
    }
    return 0;
}

void report_events(struct esp *esp)
{
    struct event event;

    for (unsigned i = 0; i < esp->workers; i++)
        while (event_take(&esp->lanes[i].worker.events, &event))
            report(esp, &event); // ike-d may be away or behind: an acquire comes again with a later packet
}
