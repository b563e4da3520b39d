// Fetches a document (CRL, OCSP answer) through the courier, page by page.
#ifndef BULKHEAD_PKI_VERIFIER_FETCH_H
#define BULKHEAD_PKI_VERIFIER_FETCH_H

#include "lib/core/bytes.h"
#include "lib/ipc/node.h"

struct fetch;

struct fetch_order {
    const char *url;   // copied
    struct bytes body; // POSTed when not empty; copied
    uint32_t max_age_s;
    uint32_t deadline_ms; // for all pages together
};

// error NULL: the document, lent until the callback returns; else one line that says why there is none.
typedef void fetch_result_fn(void *arg, const char *error, struct bytes document);

// on_result is called once, never before fetch_start returns, unless fetch_cancel comes first. NULL without memory.
struct fetch *fetch_start(struct ipc_node *node, const struct fetch_order *order, fetch_result_fn *on_result,
                          void *arg);
void fetch_cancel(struct fetch *fetch);

#endif
