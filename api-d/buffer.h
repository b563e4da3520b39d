// A growing buffer of bytes, wiped when it moves and when it is freed, with a NUL behind its contents.
#ifndef BULKHEAD_API_BUFFER_H
#define BULKHEAD_API_BUFFER_H

#include "lib/core/bytes.h"

// All zero is an empty buffer.
struct buffer {
    uint8_t *p; // NULL while nothing was ever put in
    size_t n;
    size_t capacity;
};

// 0, or -ENOMEM with the buffer unchanged.
int buffer_append(struct buffer *b, struct bytes data);
int buffer_append_str(struct buffer *b, const char *text);
int buffer_append_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Drops the first n bytes (n <= b->n).
void buffer_consume(struct buffer *b, size_t n);
// Empty again, memory wiped and freed.
void buffer_done(struct buffer *b);
// "" when empty.
const char *buffer_str(const struct buffer *b);
static inline struct bytes buffer_view(const struct buffer *b)
{
    return bytes_of(b->p, b->n);
}
// What `from` held; `from` is empty then.
struct buffer buffer_take(struct buffer *from);

#endif
