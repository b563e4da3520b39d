// The names of all secrets, from pki-d, page by page.
#ifndef BULKHEAD_API_SECRET_LIST_H
#define BULKHEAD_API_SECRET_LIST_H

#include "api-d/connect/connect_code.h"
#include "lib/ipc/node.h"

struct secret_list {
    enum connect_code code; // CONNECT_OK, or what went wrong
    const char *text;
    char **names;
    size_t n;
};
// The list is lent until it returns.
typedef void secret_list_fn(void *arg, const struct secret_list *list);

// on_done is called once, without memory before this returns.
void secret_list_start(struct ipc_node *node, uint32_t deadline_ms, secret_list_fn *on_done, void *arg);

#endif
