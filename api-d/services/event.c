#include "api-d/services/services.h"

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"

void event_service_list_events(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ListEventsRequest *r = (const void *)request;
    Bulkhead__V1__ListEventsResponse response = BULKHEAD__V1__LIST_EVENTS_RESPONSE__INIT;
    Bulkhead__V1__Event *events[EVENTS_MAX];

    response.events = events;
    response.n_events = events_list(&api->events, r->tunnel, events);
    connect_call_reply(call, &response.base);
}
