#include "api-d/events.h"

#include <string.h>

#include "lib/core/log.h"
#include "lib/ipc/message_copy.h"

static enum log_level level_of(Bulkhead__V1__EventSeverity severity)
{
    switch (severity) {
    case BULKHEAD__V1__EVENT_SEVERITY__EVENT_SEVERITY_ERROR:
        return LOG_LEVEL_ERROR;
    case BULKHEAD__V1__EVENT_SEVERITY__EVENT_SEVERITY_WARNING:
        return LOG_LEVEL_WARNING;
    default:
        return LOG_LEVEL_NOTICE;
    }
}

void events_add(struct events *events, const Bulkhead__V1__Event *event)
{
    Bulkhead__V1__Event *copy = NULL;

    if (protobuf_c_message_get_packed_size(&event->base) <= EVENT_MAX_BYTES)
        copy = message_copy(&event->base, NULL);
    log_at(level_of(event->severity), "event", LOG_STR("kind", event->kind), LOG_STR("tunnel", event->tunnel),
           LOG_STR("message", event->message));
    if (!copy)
        return;
    if (events->ring[events->next])
        bulkhead__v1__event__free_unpacked(events->ring[events->next], NULL);
    events->ring[events->next] = copy;
    events->next = (events->next + 1) % EVENTS_MAX;
}

size_t events_list(const struct events *events, const char *tunnel, Bulkhead__V1__Event **out)
{
    size_t n = 0;

    for (size_t i = 0; i < EVENTS_MAX; i++) {
        Bulkhead__V1__Event *event = events->ring[(events->next + i) % EVENTS_MAX];

        if (event && (!tunnel[0] || !strcmp(event->tunnel, tunnel)))
            out[n++] = event;
    }
    return n;
}

void events_done(struct events *events)
{
    for (size_t i = 0; i < EVENTS_MAX; i++)
        if (events->ring[i])
            bulkhead__v1__event__free_unpacked(events->ring[i], NULL);
    *events = (struct events){0};
}
