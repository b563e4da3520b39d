#include "ike-d/sa/credential.h"

#include <stdlib.h>
#include <string.h>

static struct bytes move_to(uint8_t **to, struct bytes from)
{
    struct bytes copy = bytes_of(*to, from.n);
    if (from.n) {
        memcpy(*to, from.p, from.n);
        *to += from.n;
    }
    return copy;
}

struct credential *credential_copy(const struct credential *from)
{
    size_t n = from->authorities.n;
    for (unsigned i = 0; i < from->chain_n; i++) {
        n += from->chain[i].n;
    }
    struct credential *copy = malloc(sizeof(*copy) + n);
    if (!copy) {
        return NULL;
    }
    uint8_t *to = (uint8_t *)(copy + 1);
    *copy = *from;
    for (unsigned i = 0; i < from->chain_n; i++) {
        copy->chain[i] = move_to(&to, from->chain[i]);
    }
    copy->authorities = move_to(&to, from->authorities);
    return copy;
}

void credential_free(struct credential *credential)
{
    free(credential);
}
