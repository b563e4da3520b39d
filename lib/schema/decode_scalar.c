// Numbers, enums, strings and bytes (declared in decode.h).
#include "lib/schema/decode.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/schema/base64.h"
#include "lib/schema/enum_name.h"
#include "lib/schema/utf8.h"

static bool is_text(const struct tree_node *node)
{
    return node->kind == TREE_STRING || node->kind == TREE_PLAIN;
}

// "1e3" and "2.0" are integers too, in JSON's eyes; beyond 2^53 a double is not exact.
static int parse_integral_real(const char *text, __int128 *ret_value)
{
    char *end;
    double value = strtod(text, &end);

    if (*end || end == text || !(value >= -9007199254740992.0 && value <= 9007199254740992.0) ||
        (double)(int64_t)value != value)
        return -EINVAL;
    *ret_value = (__int128)value;
    return 0;
}

static int parse_integer(const char *text, __int128 *ret_value)
{
    bool negative = *text == '-';
    const char *p = text + negative;
    __int128 value = 0;

    if (strspn(text, "-+.eE0123456789") != strlen(text)) // strtod also takes hex, "inf" and white space
        return -EINVAL;
    if (!*p || strlen(p) > 30 || strspn(p, "0123456789") != strlen(p))
        return parse_integral_real(text, ret_value);
    for (; *p; p++)
        value = value * 10 + (*p - '0');
    *ret_value = negative ? -value : value;
    return 0;
}

static int decode_integer(struct decode *d, const struct tree_node *node, __int128 min, __int128 max,
                          __int128 *ret_value)
{
    if ((node->kind != TREE_NUMBER && !is_text(node)) || parse_integer(node->text, ret_value) < 0 || *ret_value < min ||
        *ret_value > max)
        return decode_refuse(d, node, "\"%.40s\" is not a whole number from %lld to %llu", node->text, (long long)min,
                             (unsigned long long)max);
    return 0;
}

static int decode_int(struct decode *d, const struct tree_node *node, ProtobufCType type, void *member)
{
    __int128 value;
    int r;

    switch (type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        r = decode_integer(d, node, 0, UINT32_MAX, &value);
        if (r == 0)
            *(uint32_t *)member = (uint32_t)value;
        return r;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        r = decode_integer(d, node, 0, UINT64_MAX, &value);
        if (r == 0)
            *(uint64_t *)member = (uint64_t)value;
        return r;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        r = decode_integer(d, node, INT64_MIN, INT64_MAX, &value);
        if (r == 0)
            *(int64_t *)member = (int64_t)value;
        return r;
    default:
        r = decode_integer(d, node, INT32_MIN, INT32_MAX, &value);
        if (r == 0)
            *(int32_t *)member = (int32_t)value;
        return r;
    }
}

static int decode_real(struct decode *d, const struct tree_node *node, ProtobufCType type, void *member)
{
    char *end = NULL;
    double value = 0;

    if (strcmp(node->text, "NaN") == 0)
        value = NAN;
    else if (strcmp(node->text, "Infinity") == 0 || strcmp(node->text, "-Infinity") == 0)
        value = node->text[0] == '-' ? -INFINITY : INFINITY;
    else if (strspn(node->text, "-+.eE0123456789") == strlen(node->text))
        value = strtod(node->text, &end);
    if ((node->kind != TREE_NUMBER && !is_text(node)) || (!end && isfinite(value)) ||
        (end && (*end || end == node->text || isinf(value))))
        return decode_refuse(d, node, "\"%.40s\" is not a number", node->text);
    if (type == PROTOBUF_C_TYPE_DOUBLE)
        *(double *)member = value;
    else
        *(float *)member = (float)value;
    return 0;
}

static int decode_bool(struct decode *d, const struct tree_node *node, protobuf_c_boolean *member)
{
    bool yes = strcasecmp(node->text, "true") == 0;

    if ((node->kind != TREE_BOOL && node->kind != TREE_PLAIN) || (!yes && strcasecmp(node->text, "false") != 0))
        return decode_refuse(d, node, "\"%.40s\" should be true or false", node->text);
    *member = yes;
    return 0;
}

static const ProtobufCEnumValue *find_enum(const ProtobufCEnumDescriptor *e, const char *text)
{
    size_t prefix = enum_name_prefix(e);
    __int128 number;
    bool numeric = parse_integer(text, &number) == 0;

    for (unsigned i = 0; i < e->n_values; i++) {
        const ProtobufCEnumValue *value = &e->values[i];

        if (strcmp(value->name, text) == 0 || strcasecmp(value->name + prefix, text) == 0 ||
            (numeric && number == value->value))
            return value;
    }
    return NULL;
}

static int decode_enum(struct decode *d, const struct tree_node *node, const ProtobufCEnumDescriptor *e, int *member)
{
    const ProtobufCEnumValue *value = node->kind == TREE_BOOL ? NULL : find_enum(e, node->text);
    char known[256] = "";
    size_t n = 0;

    if (value) {
        *member = value->value;
        return 0;
    }
    for (unsigned i = 0; i < e->n_values && n < sizeof(known); i++) {
        const char *name = e->values[i].name + enum_name_prefix(e);

        if (e->values[i].value == 0 && strcmp(name, "UNSPECIFIED") == 0)
            continue;
        n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s", n ? ", " : "", name);
    }
    for (char *p = known; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return decode_refuse(d, node, "\"%.40s\" is none of %s", node->text, known);
}

static int decode_string(struct decode *d, const struct tree_node *node, char **member)
{
    char *copy;

    if (!is_text(node))
        return decode_refuse(d, node, "should be text, is %s", decode_kind_name(node));
    if (!utf8_is_text(bytes_of(node->text, node->text_n)))
        return decode_refuse(d, node, "is not UTF-8 text, or has a NUL in it");
    copy = decode_alloc(d, node->text_n + 1); // also when empty: in a list protobuf-c frees it as any other
    if (!copy)
        return -ENOMEM;
    memcpy(copy, node->text, node->text_n);
    *member = copy;
    return 0;
}

static int decode_bytes(struct decode *d, const struct tree_node *node, ProtobufCBinaryData *member)
{
    uint8_t *data;
    int n;

    // the text is not shown in mistakes: it may be a secret
    if (!is_text(node))
        return decode_refuse(d, node, "should be base64 text, is %s", decode_kind_name(node));
    if (node->text_n == 0)
        return 0;
    data = decode_alloc(d, node->text_n / 4 * 3 + 2);
    if (!data)
        return -ENOMEM;
    n = base64_decode(bytes_of(node->text, node->text_n), data);
    if (n < 0) {
        if (d->allocator)
            d->allocator->free(d->allocator->allocator_data, data);
        else
            free(data);
        return decode_refuse(d, node, "is not base64");
    }
    member->data = data;
    member->len = (size_t)n;
    return 0;
}

int decode_scalar(struct decode *d, const struct tree_node *node, const ProtobufCFieldDescriptor *field, void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return decode_real(d, node, field->type, member);
    case PROTOBUF_C_TYPE_BOOL:
        return decode_bool(d, node, member);
    case PROTOBUF_C_TYPE_ENUM:
        return decode_enum(d, node, field->descriptor, member);
    case PROTOBUF_C_TYPE_STRING:
        return decode_string(d, node, member);
    case PROTOBUF_C_TYPE_BYTES:
        return decode_bytes(d, node, member);
    default:
        return decode_int(d, node, field->type, member);
    }
}
