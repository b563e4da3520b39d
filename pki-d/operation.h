// What an operation on certificates works with: the store, the time, who asked, and why it is refused, if it is. An
// operation is one transaction, its audit record included.
#ifndef BULKHEAD_PKI_OPERATION_H
#define BULKHEAD_PKI_OPERATION_H

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "pki-d/bindings.h"
#include "pki-d/store.h"

#define OPERATION_ACTOR_MAX_BYTES 64
#define OPERATION_TEXT_MAX        512

#define REFUSED(code) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code

struct operation {
    struct store *store;
    const struct bindings *bindings;
    int64_t now;       // seconds since 1970
    const char *actor; // lent
    // Of a refusal; code 0 with a negative result: something failed here, and the log says what.
    uint32_t code;
    char text[OPERATION_TEXT_MAX];
};

// Sets code and text; the first refusal stays. -EINVAL always.
int operation_refuse(struct operation *op, uint32_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Adds the audit record, within the transaction. `detail` may be NULL.
int operation_audit(struct operation *op, const char *verb, const char *object, const char *detail);

#endif
