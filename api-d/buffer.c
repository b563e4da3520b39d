#include "api-d/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/secret.h"
#include "lib/schema/wiping.h"

static int reserve(struct buffer *b, size_t more)
{
    size_t capacity = b->capacity ? b->capacity : 256;
    uint8_t *p;

    if (more >= SIZE_MAX / 2 - b->n)
        return -ENOMEM;
    if (b->n + more < b->capacity)
        return 0;
    while (capacity <= b->n + more) // one more for the NUL
        capacity *= 2;
    p = wiping_malloc(capacity); // never realloc(), which may leave the old copy behind
    if (!p)
        return -ENOMEM;
    if (b->n)
        memcpy(p, b->p, b->n);
    p[b->n] = 0;
    wiping_free(b->p);
    b->p = p;
    b->capacity = capacity;
    return 0;
}

int buffer_append(struct buffer *b, struct bytes data)
{
    int err = reserve(b, data.n);

    if (err < 0)
        return err;
    if (data.n)
        memcpy(b->p + b->n, data.p, data.n);
    b->n += data.n;
    b->p[b->n] = 0;
    return 0;
}

int buffer_append_str(struct buffer *b, const char *text)
{
    return buffer_append(b, bytes_of(text, strlen(text)));
}

int buffer_append_format(struct buffer *b, const char *format, ...)
{
    va_list args;
    int n, err;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        return -EINVAL;
    err = reserve(b, (size_t)n);
    if (err < 0)
        return err;
    va_start(args, format);
    vsnprintf((char *)b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
    return 0;
}

void buffer_consume(struct buffer *b, size_t n)
{
    if (!n)
        return;
    memmove(b->p, b->p + n, b->n - n);
    secret_wipe(b->p + b->n - n, n);
    b->n -= n;
    b->p[b->n] = 0;
}

void buffer_done(struct buffer *b)
{
    wiping_free(b->p);
    *b = (struct buffer){0};
}

const char *buffer_str(const struct buffer *b)
{
    return b->p ? (const char *)b->p : "";
}

struct buffer buffer_take(struct buffer *from)
{
    struct buffer taken = *from;

    *from = (struct buffer){0};
    return taken;
}
