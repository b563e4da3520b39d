// Texts in requests about certificates: is it a name, a URL, printable; and what to say of it, with the field's path.
#ifndef BULKHEAD_API_CERTIFICATE_TEXT_H
#define BULKHEAD_API_CERTIFICATE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#define CERTIFICATE_TEXT_PATH_MAX 64

// Where a mistake is told, and the field that is being looked at.
struct certificate_text {
    char path[CERTIFICATE_TEXT_PATH_MAX];
    char *error;
    size_t size;
};

void certificate_text_at(struct certificate_text *text, const char *path);
void certificate_text_at_index(struct certificate_text *text, const char *path, size_t index);
// "path: ..." into text->error. -EINVAL.
int certificate_text_fail(struct certificate_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

// UTF-8 without control characters, of at most `max` bytes; also empty.
bool certificate_text_is_plain(const char *value, size_t max);
// "http://host[:port]/path", at most 255 bytes.
bool certificate_text_is_http_url(const char *value);
// "dns:vpn.example", "ip:192.0.2.1", "email:a@example.com", or one of them without prefix. "dns:192.0.2.1" is one, too:
// Windows wants it.
bool certificate_text_is_alt_name(const char *value);
// Characters of UTF-8, or bytes if it is something else.
size_t certificate_text_characters(const ProtobufCBinaryData *data);

#endif
