#include "lib/schema/encode.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/secret.h"
#include "lib/schema/base64.h"
#include "lib/schema/enum_name.h"
#include "lib/schema/field.h"
#include "lib/schema/wellknown.h"

struct encode {
    struct tree *tree;
    unsigned flags;
};

static int encode_members(const struct encode *e, struct tree_node *map, const ProtobufCMessage *message);

// In the tree's memory when it must be changed, else the descriptor's own.
static const char *key_of(const struct encode *e, const char *name)
{
    char *copy, *to;

    if (!(e->flags & ENCODE_CAMEL) || !strchr(name, '_'))
        return name;
    copy = to = tree_copy(e->tree, bytes_of_str(name));
    for (const char *from = name; copy && *from; from++)
        if (*from == '_' && from[1])
            *to++ = (char)toupper((unsigned char)*++from);
        else
            *to++ = *from;
    if (copy)
        *to = '\0';
    return copy;
}

static int add_text(const struct encode *e, struct tree_node *parent, const char *key, enum tree_kind kind,
                    const char *text)
{
    return tree_add_text(e->tree, parent, kind, key, bytes_of_str(text)) ? 0 : -ENOMEM;
}

static int encode_real(const struct encode *e, struct tree_node *parent, const char *key, double value)
{
    char text[32];

    if (isnan(value))
        return add_text(e, parent, key, TREE_STRING, "NaN");
    if (isinf(value))
        return add_text(e, parent, key, TREE_STRING, value < 0 ? "-Infinity" : "Infinity");
    snprintf(text, sizeof(text), "%.17g", value);
    return add_text(e, parent, key, TREE_NUMBER, text);
}

static int encode_enum(const struct encode *e, struct tree_node *parent, const char *key,
                       const ProtobufCEnumDescriptor *descriptor, int value)
{
    const char *name = enum_name_full(descriptor, value);
    char text[128];

    if (!name || (e->flags & ENCODE_SHORT)) {
        enum_name_short(descriptor, value, text, sizeof(text));
        return add_text(e, parent, key, name ? TREE_STRING : TREE_NUMBER, text);
    }
    return add_text(e, parent, key, TREE_STRING, name);
}

static int encode_bytes(const struct encode *e, struct tree_node *parent, const char *key, const ProtobufCBinaryData *b)
{
    size_t n = base64_encoded_size(b->len);
    char *text = malloc(n + 1);
    int r;

    if (!text)
        return -ENOMEM;
    base64_encode(bytes_of(b->data, b->len), text);
    r = add_text(e, parent, key, TREE_STRING, text);
    secret_wipe(text, n);
    free(text);
    return r;
}

// Numbers of 64 bits go out as strings, since JavaScript's would lose digits.
static int encode_integer(const struct encode *e, struct tree_node *parent, const char *key, ProtobufCType type,
                          const void *member)
{
    char text[24];

    switch (type) {
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        snprintf(text, sizeof(text), "%llu", (unsigned long long)*(const uint64_t *)member);
        return add_text(e, parent, key, TREE_STRING, text);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        snprintf(text, sizeof(text), "%lld", (long long)*(const int64_t *)member);
        return add_text(e, parent, key, TREE_STRING, text);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        snprintf(text, sizeof(text), "%u", *(const uint32_t *)member);
        return add_text(e, parent, key, TREE_NUMBER, text);
    default:
        snprintf(text, sizeof(text), "%d", *(const int32_t *)member);
        return add_text(e, parent, key, TREE_NUMBER, text);
    }
}

static int encode_submessage(const struct encode *e, struct tree_node *parent, const char *key,
                             const ProtobufCMessage *message)
{
    char text[WELLKNOWN_TEXT_MAX];
    struct tree_node *map;

    if (message->descriptor == &google__protobuf__timestamp__descriptor)
        return wellknown_format_timestamp((const Google__Protobuf__Timestamp *)message, text)
                   ? add_text(e, parent, key, TREE_STRING, text)
                   : add_text(e, parent, key, TREE_NULL, "null");
    if (message->descriptor == &google__protobuf__duration__descriptor)
        return wellknown_format_duration((const Google__Protobuf__Duration *)message, text)
                   ? add_text(e, parent, key, TREE_STRING, text)
                   : add_text(e, parent, key, TREE_NULL, "null");
    map = tree_add(e->tree, parent, TREE_MAP, key);
    return map ? encode_members(e, map, message) : -ENOMEM;
}

static int encode_value(const struct encode *e, struct tree_node *parent, const char *key,
                        const ProtobufCFieldDescriptor *field, const void *member)
{
    const char *text;

    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return encode_submessage(e, parent, key, *(ProtobufCMessage *const *)member);
    case PROTOBUF_C_TYPE_STRING:
        text = *(char *const *)member;
        return add_text(e, parent, key, TREE_STRING, text ? text : "");
    case PROTOBUF_C_TYPE_BYTES:
        return encode_bytes(e, parent, key, member);
    case PROTOBUF_C_TYPE_ENUM:
        return encode_enum(e, parent, key, field->descriptor, *(const int *)member);
    case PROTOBUF_C_TYPE_BOOL:
        return add_text(e, parent, key, TREE_BOOL, *(const protobuf_c_boolean *)member ? "true" : "false");
    case PROTOBUF_C_TYPE_FLOAT:
        return encode_real(e, parent, key, (double)*(const float *)member);
    case PROTOBUF_C_TYPE_DOUBLE:
        return encode_real(e, parent, key, *(const double *)member);
    default:
        return encode_integer(e, parent, key, field->type, member);
    }
}

static int encode_list(const struct encode *e, struct tree_node *map, const char *key,
                       const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    size_t n = *(const size_t *)((const uint8_t *)message + field->quantifier_offset), size = field_element_size(field);
    const uint8_t *elements = *(uint8_t *const *)((const uint8_t *)message + field->offset);
    struct tree_node *list;
    int r = 0;

    if (n == 0 && !(e->flags & ENCODE_DEFAULTS))
        return 0;
    list = tree_add(e->tree, map, TREE_LIST, key);
    if (!list)
        return -ENOMEM;
    for (size_t i = 0; i < n && r == 0; i++)
        r = encode_value(e, list, NULL, field, elements + i * size);
    return r;
}

static bool is_default(const ProtobufCFieldDescriptor *field, const void *member)
{
    static const uint8_t zero[8];

    if (field->type == PROTOBUF_C_TYPE_STRING)
        return !*(char *const *)member || **(char *const *)member == '\0';
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)member)->len == 0;
    return memcmp(member, zero, field_element_size(field)) == 0;
}

// Is the field to be left out?
static bool is_absent(const struct encode *e, const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message)
{
    const uint8_t *base = (const uint8_t *)message;
    uint32_t set;

    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        memcpy(&set, base + field->quantifier_offset, sizeof(set));
        if (set != field->id)
            return true;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return !*(void *const *)(base + field->offset);
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF || e->flags & ENCODE_DEFAULTS)
        return false;
    return is_default(field, base + field->offset);
}

static int encode_members(const struct encode *e, struct tree_node *map, const ProtobufCMessage *message)
{
    int r = 0;

    for (unsigned i = 0; i < message->descriptor->n_fields && r == 0; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *key = key_of(e, field->name);

        if (!key)
            return -ENOMEM;
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            r = encode_list(e, map, key, field, message);
        else if (!is_absent(e, field, message))
            r = encode_value(e, map, key, field, (const uint8_t *)message + field->offset);
    }
    return r;
}

int encode_message(struct tree *tree, struct tree_node *parent, const char *key, const ProtobufCMessage *message,
                   unsigned flags)
{
    const struct encode e = {.tree = tree, .flags = flags};

    return encode_submessage(&e, parent, key, message);
}
