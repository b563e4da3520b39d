// One document over plain HTTP/1.1: the name is resolved, each address is checked before it is connected to, and again
// as the one that is really connected. No redirects, a bound of size and time.
#ifndef BULKHEAD_API_COURIER_DOWNLOAD_H
#define BULKHEAD_API_COURIER_DOWNLOAD_H

#include "api-d/courier/names.h"
#include "api-d/courier/own_networks.h"

struct download;

struct download_config {
    uv_loop_t *loop;
    struct names *names;
    struct own_networks *networks;
};

struct download_result {
    const char *error; // for people, one line; NULL: data
    struct bytes data; // lent
};

struct download_order {
    const char *url;
    struct bytes body; // POSTed as an OCSP request (RFC 6960 A.1); empty: GET. Copied
    bool allows_own_networks;
    // Once, never before download_start returns; not after download_cancel.
    void (*on_ended)(void *arg, const struct download_result *result);
    void *arg;
};

// NULL: the URL can't be used, or without memory.
struct download *download_start(const struct download_config *config, const struct download_order *order);
void download_cancel(struct download *download);

#endif
