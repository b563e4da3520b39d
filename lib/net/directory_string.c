#include "lib/net/directory_string.h"

#include <errno.h>

#include "lib/net/der.h"

// RFC 3629 3.
static void put_utf8(uint32_t point, struct writer *w)
{
    if (point < 0x80) {
        writer_u8(w, (uint8_t)point);
        return;
    }
    if (point < 0x800) {
        writer_u8(w, (uint8_t)(0xc0 | point >> 6));
    } else {
        if (point < 0x10000) {
            writer_u8(w, (uint8_t)(0xe0 | point >> 12));
        } else {
            writer_u8(w, (uint8_t)(0xf0 | (point >> 18 & 7)));
            writer_u8(w, (uint8_t)(0x80 | (point >> 12 & 0x3f)));
        }
        writer_u8(w, (uint8_t)(0x80 | (point >> 6 & 0x3f)));
    }
    writer_u8(w, (uint8_t)(0x80 | (point & 0x3f)));
}

static int read_point(struct reader *r, size_t size, uint32_t *ret_point)
{
    uint16_t two;
    uint8_t one;
    int error;

    if (size == 4)
        return reader_u32(r, ret_point);
    error = size == 2 ? reader_u16(r, &two) : reader_u8(r, &one);
    if (error == 0)
        *ret_point = size == 2 ? two : one;
    return error;
}

bool directory_string_to_utf8(uint8_t tag, struct bytes value, struct writer *w)
{
    struct reader r = reader_of(value);
    size_t size = 1; // bytes a code point; T61String is read as Latin-1, which is what is in there
    uint32_t point;

    switch (tag) {
    case DER_UTF8_STRING:
        writer_bytes(w, value);
        return writer_ok(w);
    case DER_NUMERIC_STRING:
    case DER_PRINTABLE_STRING:
    case DER_IA5_STRING:
    case DER_VISIBLE_STRING:
    case DER_T61_STRING:
        break;
    case DER_BMP_STRING:
        size = 2;
        break;
    case DER_UNIVERSAL_STRING:
        size = 4;
        break;
    default:
        return false;
    }
    while (reader_left(&r)) {
        if (read_point(&r, size, &point) || point > 0x10ffff)
            return false;
        put_utf8(point, w);
    }
    return writer_ok(w);
}

bool directory_string_prepare(uint8_t tag, struct bytes value, struct writer *w)
{
    uint8_t buffer[DIRECTORY_STRING_UTF8_MAX];
    struct writer utf8 = writer_of(buffer, sizeof(buffer));
    bool is_first = true, blank = false;

    if (!directory_string_to_utf8(tag, value, &utf8))
        return false;
    for (size_t i = 0; i < utf8.n; i++) {
        uint8_t c = buffer[i];

        if (c == ' ') {
            blank = true;
            continue;
        }
        if (blank && !is_first)
            writer_u8(w, ' ');
        writer_u8(w, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c);
        is_first = false;
        blank = false;
    }
    return writer_ok(w);
}

bool directory_string_equal(uint8_t tag, struct bytes value, uint8_t other_tag, struct bytes other)
{
    uint8_t a[DIRECTORY_STRING_UTF8_MAX], b[DIRECTORY_STRING_UTF8_MAX];
    struct writer wa = writer_of(a, sizeof(a)), wb = writer_of(b, sizeof(b));

    if (tag == other_tag && bytes_equal(value, other))
        return true;
    return directory_string_prepare(tag, value, &wa) && directory_string_prepare(other_tag, other, &wb) &&
           bytes_equal(writer_view(&wa), writer_view(&wb));
}
