// COURIER_FETCH: documents of configured URLs, from the cache or fetched anew. The same document is fetched once
// however many wait for it; what could not be had is not tried again for a while.
#ifndef BULKHEAD_API_COURIER_FETCH_SERVICE_H
#define BULKHEAD_API_COURIER_FETCH_SERVICE_H

#include "api-d/courier/configured.h"
#include "api-d/courier/document_cache.h"
#include "api-d/courier/download.h"
#include "lib/ipc/node.h"

struct fetch_job;
struct hmap;

struct fetch_service {
    struct download_config download;
    const struct configured *configured;
    struct document_cache *cache;
    struct hmap *failures;   // by document key
    struct fetch_job *first; // under way and waiting, the oldest first
    unsigned running, waiting;
};

// The configuration is lent. -ENOMEM.
int fetch_service_init(struct fetch_service *service, const struct download_config *download,
                       const struct configured *configured);
// Handles one request.
void fetch_service_take(struct fetch_service *service, struct ipc_request *request,
                        const Bulkhead__Internal__V1__CourierFetchRequest *message);
// Everybody who waits gets UNAVAILABLE.
void fetch_service_stop(struct fetch_service *service);

#endif
