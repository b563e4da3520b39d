// What the configuration means for each daemon: fw-d's policies, pki-d's bindings, ike-d's tunnels, cut into pages that
// fit a frame (lib/ipc/method.h). The configuration is valid (schema/config.h), so that every text in it parses.
#ifndef BULKHEAD_API_INTENT_H
#define BULKHEAD_API_INTENT_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "bulkhead/v1/config.pb-c.h"

// Where the next page begins. All zero: at the start.
struct intent_cursor {
    size_t tunnel;
    size_t policy; // of that tunnel
    size_t pair;   // of that policy, for fw-d
    bool last;     // the page just made was the last one
};

// A page: a message whose parts point into the configuration and into the page itself.
struct intent_page {
    const ProtobufCMessage *message;
};

// Each makes the page at the cursor and moves it on. NULL without memory, or when a text does not parse. Free with
// intent_page_free; the configuration must live as long.
typedef struct intent_page *intent_page_fn(const Bulkhead__V1__Config *config, uint64_t generation,
                                           struct intent_cursor *cursor);
struct intent_page *intent_page_for_fw(const Bulkhead__V1__Config *config, uint64_t generation,
                                       struct intent_cursor *cursor);
struct intent_page *intent_page_for_pki(const Bulkhead__V1__Config *config, uint64_t generation,
                                        struct intent_cursor *cursor);
struct intent_page *intent_page_for_ike(const Bulkhead__V1__Config *config, uint64_t generation,
                                        struct intent_cursor *cursor);
void intent_page_free(struct intent_page *page);

#endif
