// Texts of google.protobuf.Timestamp and Duration.
#ifndef BULKHEAD_SCHEMA_WELLKNOWN_H
#define BULKHEAD_SCHEMA_WELLKNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"

#define WELLKNOWN_TEXT_MAX 48

// "2026-11-23T13:54:16Z" (RFC 3339, with as many groups of three decimals as needed); false outside of years 1-9999.
bool wellknown_format_timestamp(const Google__Protobuf__Timestamp *t, char out[WELLKNOWN_TEXT_MAX]);
// Any offset; -EINVAL.
int wellknown_parse_timestamp(const char *text, Google__Protobuf__Timestamp *ret_timestamp);
// "1.5s"; false when out of range (10,000 years) or when signs differ.
bool wellknown_format_duration(const Google__Protobuf__Duration *d, char out[WELLKNOWN_TEXT_MAX]);
// "1.5s", "30m", "1h", "1d", "250ms"; -EINVAL.
int wellknown_parse_duration(const char *text, Google__Protobuf__Duration *ret_duration);

#endif
