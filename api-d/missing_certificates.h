// Certificates and authorities that a configuration names and pki-d does not have: it is served, and its tunnels wait
// for them, but the operator is told when it is applied.
#ifndef BULKHEAD_API_MISSING_CERTIFICATES_H
#define BULKHEAD_API_MISSING_CERTIFICATES_H

#include "api-d/desired_state.h"
#include "lib/ipc/node.h"

// So many different names are looked up; a configuration that names more has been taken before.
#define MISSING_CERTIFICATES_MAX 256u

// The names that are missing, lent until it returns. What pki-d could not be asked about is not among them.
typedef void missing_certificates_fn(void *arg, char *const *names, size_t n);

// on_done is called once, before this returns when there is nothing to ask.
void missing_certificates_find(struct ipc_node *node, struct desired_state *state, missing_certificates_fn *on_done,
                               void *arg);
// Adds a line for each place that names one of them ("file:line:column: path: ...") to an array of malloc'd strings. 0,
// or -ENOMEM with what fitted.
int missing_certificates_list(struct desired_state *state, char *const *names, size_t n, char ***lines,
                              size_t *lines_n);

#endif
