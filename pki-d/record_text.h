// Fields of the Certificate message, in memory that free_unpacked gives back.
#ifndef BULKHEAD_PKI_RECORD_TEXT_H
#define BULKHEAD_PKI_RECORD_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "bulkhead/v1/certificate.pb-c.h"

// All: 0 or -ENOMEM. What was in a field is freed.

int record_text_set(char **field, const char *text);
// Takes the text, which was made with malloc(); NULL is -ENOMEM.
int record_text_take(char **field, char *text);
int record_text_time(Google__Protobuf__Timestamp **field, int64_t seconds);
// Adds to a repeated field.
int record_text_push(char ***list, size_t *n, const char *text);
// Adds each line.
int record_text_lines(char ***list, size_t *n, const char *lines);
// Empties a repeated field.
void record_text_clear(char ***list, size_t *n);
// Names of key_usage bits.
int record_text_bits(Bulkhead__V1__Certificate *info, uint32_t bits);
// A copy without what is of the moment, in place of what *info was.
int record_text_copy_info(const Bulkhead__V1__Certificate *from, Bulkhead__V1__Certificate **info);

#endif
