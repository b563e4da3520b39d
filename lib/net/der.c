#include "lib/net/der.h"

#include <errno.h>
#include <string.h>

// X.690 10.1: the definite form, in as few bytes as possible.
static int read_length(struct reader *r, size_t *ret_length)
{
    uint16_t two;
    uint8_t n;

    if (reader_u8(r, &n))
        return -EBADMSG;
    if (n < 0x80) {
        *ret_length = n;
        return 0;
    }
    if (n == 0x81) {
        if (reader_u8(r, &n) || n < 0x80)
            return -EBADMSG;
        *ret_length = n;
        return 0;
    }
    if (n != 0x82 || reader_u16(r, &two) || two < 0x100)
        return -EBADMSG;
    *ret_length = two;
    return 0;
}

int der_read(struct reader *r, uint8_t *ret_tag, struct bytes *ret_content)
{
    struct reader at = *r;
    struct bytes content;
    size_t length;
    uint8_t tag;

    if (reader_u8(&at, &tag) || (tag & 0x1f) == 0x1f || read_length(&at, &length) ||
        reader_bytes(&at, length, &content))
        return -EBADMSG;
    *r = at;
    *ret_tag = tag;
    *ret_content = content;
    return 0;
}

int der_enter(struct reader *r, uint8_t tag, struct reader *ret_content)
{
    struct reader at = *r;
    struct bytes content;
    uint8_t found;

    if (der_read(&at, &found, &content) || found != tag)
        return -EBADMSG;
    *r = at;
    *ret_content = reader_of(content);
    return 0;
}

struct der_builder der_builder_of(uint8_t *buffer, size_t size)
{
    return (struct der_builder){.p = buffer, .at = size, .end = size};
}

void der_prepend(struct der_builder *b, struct bytes content)
{
    if (b->failed || content.n > b->at) {
        b->failed = true;
        return;
    }
    b->at -= content.n;
    if (content.n)
        memcpy(b->p + b->at, content.p, content.n);
}

void der_prepend_header(struct der_builder *b, uint8_t tag, size_t content_end)
{
    size_t n = content_end - b->at;
    uint8_t header[4] = {tag};
    size_t header_n = 2;

    if (n < 0x80) {
        header[1] = (uint8_t)n;
    } else if (n < 0x100) {
        header[1] = 0x81;
        header[2] = (uint8_t)n;
        header_n = 3;
    } else if (n <= UINT16_MAX) {
        header[1] = 0x82;
        header[2] = (uint8_t)(n >> 8);
        header[3] = (uint8_t)n;
        header_n = 4;
    } else {
        b->failed = true;
    }
    der_prepend(b, bytes_of(header, header_n));
}
