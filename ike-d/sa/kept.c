#include "ike-d/sa/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *copy_of(const void *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (copy && n) {
        memcpy(copy, p, n);
    }
    return copy;
}

int kept_message_set(struct kept_message *kept, struct bytes message)
{
    uint8_t *copy = copy_of(message.p, message.n);
    if (!copy) {
        return -ENOMEM;
    }
    kept_message_drop(kept);
    *kept = (struct kept_message){.p = copy, .n = message.n};
    return 0;
}

void kept_message_drop(struct kept_message *kept)
{
    free(kept->p);
    *kept = (struct kept_message){0};
}

int kept_identity_set(struct kept_identity *kept, const struct identity *id)
{
    uint8_t *data = copy_of(id->data, id->n);
    if (!data) {
        return -ENOMEM;
    }
    kept_identity_drop(kept);
    *kept = (struct kept_identity){.type = (uint8_t)id->type, .n = id->n, .data = data};
    return 0;
}

int kept_identity_copy(struct kept_identity *kept, const struct kept_identity *from)
{
    struct identity id = kept_identity_get(from);
    return kept_identity_set(kept, &id);
}

void kept_identity_drop(struct kept_identity *kept)
{
    free(kept->data);
    *kept = (struct kept_identity){0};
}

struct identity kept_identity_get(const struct kept_identity *kept)
{
    struct identity id = {.type = kept->type, .n = kept->n};
    if (kept->n) {
        memcpy(id.data, kept->data, kept->n);
    }
    return id;
}

bool kept_identity_is(const struct kept_identity *kept, const struct identity *id)
{
    struct identity mine = kept_identity_get(kept);
    return identity_equal(&mine, id);
}
