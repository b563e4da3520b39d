// The little of DER (X.690 8.1, 10.1) that names are written in: tags of one byte, definite lengths in their shortest
// form. Certificates as a whole are OpenSSL's to read, in the verifier.
#ifndef BULKHEAD_NET_DER_H
#define BULKHEAD_NET_DER_H

#include "lib/core/reader.h"

enum der_tag {
    DER_INTEGER = 0x02,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_NUMERIC_STRING = 0x12,
    DER_PRINTABLE_STRING = 0x13,
    DER_T61_STRING = 0x14,
    DER_IA5_STRING = 0x16,
    DER_VISIBLE_STRING = 0x1a,
    DER_UNIVERSAL_STRING = 0x1c,
    DER_BMP_STRING = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};

// The next element. -EBADMSG: cut short, a tag of several bytes, or a length that is not the shortest form of less than
// 64 KiB; the cursor does not move.
int der_read(struct reader *r, uint8_t *ret_tag, struct bytes *ret_content);
// The content of the next element, which must have this tag.
int der_enter(struct reader *r, uint8_t tag, struct reader *ret_content);

// Writes from the end of a buffer to its front, so that each length is known when its header is due.
struct der_builder {
    uint8_t *p;
    size_t at; // where what is written begins
    size_t end;
    bool failed;
};

struct der_builder der_builder_of(uint8_t *buffer, size_t size);
void der_prepend(struct der_builder *b, struct bytes content);
// The header of all that was written since `at` was `content_end`.
void der_prepend_header(struct der_builder *b, uint8_t tag, size_t content_end);

#endif
