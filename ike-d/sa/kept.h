// Things of bounded but varying size that an IKE SA keeps for a while, exactly as large as they are: messages, nonces,
// identities. An IKE SA lives long, and there are many.
#ifndef BULKHEAD_IKE_SA_KEPT_H
#define BULKHEAD_IKE_SA_KEPT_H

#include "lib/net/identity.h"

// A message that is kept.
struct kept_message {
    uint8_t *p; // NULL: none
    size_t n;
};

// Copies; -ENOMEM. An old one is freed.
int kept_message_set(struct kept_message *kept, struct bytes message);
void kept_message_drop(struct kept_message *kept);
static inline struct bytes kept_message_view(const struct kept_message *kept)
{
    return bytes_of(kept->p, kept->n);
}

// An identity; all zero is IDENTITY_NONE.
struct kept_identity {
    uint8_t type;
    uint16_t n;
    uint8_t *data;
};

// Copies; -ENOMEM. An old one is freed.
int kept_identity_set(struct kept_identity *kept, const struct identity *id);
int kept_identity_copy(struct kept_identity *kept, const struct kept_identity *from);
void kept_identity_drop(struct kept_identity *kept);
// identity_equal of both.
bool kept_identity_is(const struct kept_identity *kept, const struct identity *id);
struct identity kept_identity_get(const struct kept_identity *kept);

#endif
