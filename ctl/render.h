// Values as people read them. What the gateway says may quote strangers, so nothing but printable characters goes to
// the terminal.
#ifndef BULKHEAD_CTL_RENDER_H
#define BULKHEAD_CTL_RENDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <protobuf-c/protobuf-c.h>

#include "google/protobuf/timestamp.pb-c.h"

#define RENDER_TEXT_MAX 64

// Control characters escaped; UTF-8 goes through.
void render_text(FILE *out, const char *text);
// The same into out, cut short to fit; "-" for nothing. Returns out.
char *render_cell(const char *text, char *out, size_t out_size);
// "0", "999", "1.0k", "23M", "1.2G": powers of 1000, at most four characters and a unit.
char *render_bytes(uint64_t bytes, char out[RENDER_TEXT_MAX]);
// How long ago, or how long still: "5s", "12m", "3h20m", "2d4h"; "-" when unset.
char *render_age(const Google__Protobuf__Timestamp *t, int64_t now_s, char out[RENDER_TEXT_MAX]);
// "2026-11-23T13:54:16Z"; "-" when unset.
char *render_time(const Google__Protobuf__Timestamp *t, char out[RENDER_TEXT_MAX]);
// An enum's value without its prefix, in lower case with '-' for '_': "needs-secret".
char *render_enum(const ProtobufCEnumDescriptor *descriptor, unsigned value, char out[RENDER_TEXT_MAX]);
// "  name:      text" with the texts in one column; nothing when text is empty.
void render_field(FILE *out, int indent, const char *name, const char *text);

#endif
