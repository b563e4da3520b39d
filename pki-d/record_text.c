#include "pki-d/record_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/usage.h"

int record_text_take(char **field, char *text)
{
    if (!text)
        return -ENOMEM;
    if (*field != protobuf_c_empty_string)
        free(*field);
    *field = text;
    return 0;
}

int record_text_set(char **field, const char *text)
{
    return record_text_take(field, strdup(text));
}

int record_text_time(Google__Protobuf__Timestamp **field, int64_t seconds)
{
    Google__Protobuf__Timestamp *time = malloc(sizeof(*time));

    if (!time)
        return -ENOMEM;
    google__protobuf__timestamp__init(time);
    time->seconds = seconds;
    google__protobuf__timestamp__free_unpacked(*field, NULL);
    *field = time;
    return 0;
}

static int push(char ***list, size_t *n, char *text)
{
    char **longer = text ? reallocarray(*list, *n + 1, sizeof(**list)) : NULL;

    if (!longer) {
        free(text);
        return -ENOMEM;
    }
    longer[(*n)++] = text;
    *list = longer;
    return 0;
}

int record_text_push(char ***list, size_t *n, const char *text)
{
    return push(list, n, strdup(text));
}

int record_text_lines(char ***list, size_t *n, const char *lines)
{
    int r = 0;

    while (*lines && r == 0) {
        size_t size = strcspn(lines, "\n");
        r = push(list, n, strndup(lines, size));
        lines += size + (lines[size] == '\n');
    }
    return r;
}

void record_text_clear(char ***list, size_t *n)
{
    while (*n > 0)
        free((*list)[--*n]);
    free(*list);
    *list = NULL;
}

int record_text_bits(Bulkhead__V1__Certificate *info, uint32_t bits)
{
    int r = 0;

    for (unsigned bit = 0; bit < USAGE_BITS && r == 0; bit++)
        if (bits & (1u << bit))
            r = record_text_push(&info->key_usage, &info->n_key_usage, usage_bit_name(bit));
    return r;
}

int record_text_copy_info(const Bulkhead__V1__Certificate *from, Bulkhead__V1__Certificate **info)
{
    size_t n = bulkhead__v1__certificate__get_packed_size(from);
    uint8_t *packed = malloc(n ? n : 1);
    Bulkhead__V1__Certificate *copy;

    if (!packed)
        return -ENOMEM;
    bulkhead__v1__certificate__pack(from, packed);
    copy = bulkhead__v1__certificate__unpack(NULL, n, packed);
    free(packed);
    if (!copy)
        return -ENOMEM;
    copy->state = BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_UNSPECIFIED;
    copy->revocation_reason = BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_UNSPECIFIED;
    google__protobuf__timestamp__free_unpacked(copy->revoked_at, NULL);
    copy->revoked_at = NULL;
    google__protobuf__timestamp__free_unpacked(copy->crl_next_update, NULL);
    copy->crl_next_update = NULL;
    bulkhead__v1__certificate__free_unpacked(*info, NULL);
    *info = copy;
    return 0;
}
