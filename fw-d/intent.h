// What api-d asks for, taken from its pages (FwConfigure) and checked: nothing reaches the kernel that did not pass
// here.
#ifndef BULKHEAD_FW_INTENT_H
#define BULKHEAD_FW_INTENT_H

#include "bulkhead/internal/v1/api_fw.pb-c.h"

#include "fw-d/policy.h"
#include "fw-d/tunnel_names.h"

struct intent {
    uint64_t generation;
    struct policy *policies; // in order
    size_t n;
    size_t size; // allocated
    struct tunnel_names tunnels;
};

#define INTENT_ERROR_MAX 256

void intent_done(struct intent *intent);
// Adds a page; one of another generation starts anew. 0; -EINVAL: `ret_error` (INTENT_ERROR_MAX) names the element and
// what is wrong with it, and the pages so far are forgotten; -ENOMEM.
int intent_add_page(struct intent *intent, const Bulkhead__Internal__V1__FwConfigureRequest *page, char *ret_error);

#endif
