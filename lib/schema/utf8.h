// UTF-8 (RFC 3629).
#ifndef BULKHEAD_SCHEMA_UTF8_H
#define BULKHEAD_SCHEMA_UTF8_H

#include "lib/core/bytes.h"

// The length of the character at b's start: 1-4, 0 when it is none (overlong, a surrogate, cut off, beyond U+10FFFF).
size_t utf8_length(struct bytes b);
// Is the character at b's start, n bytes long, U+0080 - U+009F, U+2028 or U+2029: controls and line ends that no editor
// makes?
bool utf8_is_odd(struct bytes b, size_t n);
// Only whole characters, and no NUL?
bool utf8_is_text(struct bytes b);

#endif
