// The rows of nego/dialect.h, one file each.
#ifndef BULKHEAD_IKE_NEGO_DIALECT_WORDS_H
#define BULKHEAD_IKE_NEGO_DIALECT_WORDS_H

#include "ike-d/nego/dialect.h"

extern const struct dialect dialect_bulkhead;
extern const struct dialect dialect_swanctl;
extern const struct dialect dialect_routeros;
extern const struct dialect dialect_cisco;

// An identity without the prefix of identity_format: "gw.example". Returns out.
char *dialect_bare_identity(const struct identity *id, char *out, size_t out_size);

#endif
