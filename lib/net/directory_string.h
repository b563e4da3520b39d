// Strings in distinguished names, in whatever type they come (RFC 5280 4.1.2.4): as UTF-8, and when two say the same.
#ifndef BULKHEAD_NET_DIRECTORY_STRING_H
#define BULKHEAD_NET_DIRECTORY_STRING_H

#include "lib/core/writer.h"

// Longer ones are equal to their own bytes alone.
#define DIRECTORY_STRING_UTF8_MAX 1024

// Appends it as UTF-8. False: no string type, or an odd number of bytes for it; part of it may have been written.
bool directory_string_to_utf8(uint8_t tag, struct bytes value, struct writer *w);
// As UTF-8 for comparison: ASCII letters small, no blanks at the ends, one for several in between (RFC 5280 7.1).
bool directory_string_prepare(uint8_t tag, struct bytes value, struct writer *w);
// Values that are no strings are equal with the same tag and bytes.
bool directory_string_equal(uint8_t tag, struct bytes value, uint8_t other_tag, struct bytes other);

#endif
