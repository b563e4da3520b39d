// The latest events of ike-d, for the log and for EventService.
#ifndef BULKHEAD_API_EVENTS_H
#define BULKHEAD_API_EVENTS_H

#include "bulkhead/v1/event_service.pb-c.h"

#define EVENTS_MAX 1000u
// A larger one is no event of ours; a taken ike-d must not fill our memory with them.
#define EVENT_MAX_BYTES 8192u

// All zero is empty.
struct events {
    Bulkhead__V1__Event *ring[EVENTS_MAX];
    size_t next; // where the next one goes, in place of the oldest
};

// Logs it and keeps a copy; without memory, or when it is larger than EVENT_MAX_BYTES, it is only logged.
void events_add(struct events *events, const Bulkhead__V1__Event *event);
// Pointers to the kept events, oldest first, into `out` (EVENTS_MAX places); only those of `tunnel` unless that is "".
// Returns how many.
size_t events_list(const struct events *events, const char *tunnel, Bulkhead__V1__Event **out);
void events_done(struct events *events);

#endif
