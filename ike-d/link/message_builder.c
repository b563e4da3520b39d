#include "ike-d/link/message_builder.h"

#include <stdlib.h>
#include <string.h>

void *message_builder_make(struct message_builder *b, size_t n)
{
    void *p = calloc(1, n);
    b->failed = b->failed || !p;
    return p;
}

char *message_builder_text(struct message_builder *b, const char *from)
{
    char *copy = strdup(from);
    b->failed = b->failed || !copy;
    return copy;
}

Google__Protobuf__Timestamp *message_builder_time(struct message_builder *b, uint64_t unix_s)
{
    Google__Protobuf__Timestamp *t = unix_s ? message_builder_make(b, sizeof(*t)) : NULL;
    if (t) {
        google__protobuf__timestamp__init(t);
        t->seconds = (int64_t)unix_s;
    }
    return t;
}
