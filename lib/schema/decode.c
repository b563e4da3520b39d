#include "lib/schema/decode.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/field.h"
#include "lib/schema/spelling.h"
#include "lib/schema/wellknown.h"

#define FIELDS_MAX 128 // of one message; none of ours comes near

void *decode_alloc(struct decode *d, size_t n)
{
    void *p = d->allocator ? d->allocator->alloc(d->allocator->allocator_data, n ? n : 1) : malloc(n ? n : 1);

    if (p)
        memset(p, 0, n);
    return p;
}

const char *decode_kind_name(const struct tree_node *node)
{
    static const char *const names[] = {
        [TREE_NULL] = "null",  [TREE_BOOL] = "true or false", [TREE_NUMBER] = "a number", [TREE_STRING] = "text",
        [TREE_PLAIN] = "text", [TREE_LIST] = "a list",        [TREE_MAP] = "a mapping",
    };

    return names[node->kind];
}

bool decode_is_null(const struct tree_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (node->kind != TREE_PLAIN)
        return node->kind == TREE_NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

int decode_refuse(struct decode *d, const struct tree_node *node, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    mistake_add(d->mistakes, node->line, node->column, d->path, "%s", text ? text : "wrong");
    free(text);
    return -EINVAL;
}

// Appends ".name" or "[index]"; returns the length to go back to.
static size_t enter(struct decode *d, const char *name, size_t index)
{
    size_t before = d->path_n, room = sizeof(d->path) - before;
    int n;

    if (name)
        n = snprintf(d->path + before, room, "%s%.100s", before ? "." : "", name);
    else
        n = snprintf(d->path + before, room, "[%zu]", index);
    d->path_n = n < 0 ? before : (size_t)n < room ? before + (size_t)n : sizeof(d->path) - 1;
    return before;
}

static void leave(struct decode *d, size_t before)
{
    d->path_n = before;
    d->path[before] = '\0';
}

static int decode_element(struct decode *d, const struct tree_node *node, const ProtobufCFieldDescriptor *field,
                          void *member)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return decode_message(d, node, field->descriptor, member);
    if (node->kind == TREE_LIST || node->kind == TREE_MAP)
        return decode_refuse(d, node, "should be a single value, is %s", decode_kind_name(node));
    return decode_scalar(d, node, field, member);
}

static int decode_list(struct decode *d, const struct tree_node *node, const ProtobufCFieldDescriptor *field,
                       ProtobufCMessage *message)
{
    size_t *n = (size_t *)((uint8_t *)message + field->quantifier_offset), count = 0, index = 0;
    size_t size = field_element_size(field);
    uint8_t *elements;

    if (node->kind != TREE_LIST)
        return decode_refuse(d, node, "should be a list, is %s", decode_kind_name(node));
    for (const struct tree_node *child = node->first; child; child = child->next)
        count++;
    if (count == 0)
        return 0;
    elements = decode_alloc(d, count * size);
    if (!elements)
        return -ENOMEM;
    *(void **)((uint8_t *)message + field->offset) = elements;
    for (const struct tree_node *child = node->first; child; child = child->next, index++) {
        size_t before = enter(d, NULL, index);
        int r = decode_is_null(child) ? decode_refuse(d, child, "null can't stand in a list")
                                      : decode_element(d, child, field, elements + *n * size);

        leave(d, before);
        if (r == -ENOMEM)
            return r;
        if (r == 0)
            ++*n;
    }
    return 0;
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const char *name = descriptor->fields[i].name;

        // tree_key_equal also takes the camel form as the original: here the original is known to be in snake case
        if (tree_key_equal(key, name))
            return &descriptor->fields[i];
    }
    return NULL;
}

static void refuse_key(struct decode *d, const struct tree_node *node, const ProtobufCMessageDescriptor *descriptor)
{
    char known[256] = "";
    size_t n = 0;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const char *name = descriptor->fields[i].name;

        if (spelling_is_near(node->key, name)) {
            mistake_add(d->mistakes, node->key_line, node->key_column, d->path,
                        "unknown key \"%.60s\"; did you mean \"%s\"?", node->key, name);
            return;
        }
        if (n < sizeof(known))
            n += (size_t)snprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "", name);
    }
    mistake_add(d->mistakes, node->key_line, node->key_column, d->path, "unknown key \"%.60s\"; there is %s", node->key,
                *known ? known : "none here");
}

// The name of the oneof's member that is already set, or NULL.
static const char *other_of_oneof(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    uint32_t set;

    if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        return NULL;
    memcpy(&set, (const uint8_t *)message + field->quantifier_offset, sizeof(set));
    for (unsigned i = 0; set && i < message->descriptor->n_fields; i++)
        if (message->descriptor->fields[i].id == set)
            return message->descriptor->fields[i].name;
    return NULL;
}

static int decode_field(struct decode *d, const struct tree_node *node, const ProtobufCFieldDescriptor *field,
                        ProtobufCMessage *message)
{
    const char *other = other_of_oneof(message, field);
    uint32_t id = field->id;
    int r;

    if (other)
        return decode_refuse(d, node, "\"%s\" is there already; only one of the two may be", other);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return decode_list(d, node, field, message);
    r = decode_element(d, node, field, (uint8_t *)message + field->offset);
    if (r == 0 && (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        memcpy((uint8_t *)message + field->quantifier_offset, &id, sizeof(id));
    return r;
}

static int decode_member(struct decode *d, const struct tree_node *node, ProtobufCMessage *message, bool *seen)
{
    const ProtobufCFieldDescriptor *field = find_field(message->descriptor, node->key);
    size_t before;
    int r;

    if (!field) {
        refuse_key(d, node, message->descriptor);
        return 0;
    }
    before = enter(d, field->name, 0);
    if (seen[field - message->descriptor->fields]) {
        mistake_add(d->mistakes, node->key_line, node->key_column, d->path, "the key is there twice; remove one");
        r = 0;
    } else {
        seen[field - message->descriptor->fields] = true;
        r = decode_is_null(node) ? 0 : decode_field(d, node, field, message);
    }
    leave(d, before);
    return r == -ENOMEM ? r : 0;
}

static int decode_members(struct decode *d, const struct tree_node *node, ProtobufCMessage *message)
{
    bool seen[FIELDS_MAX] = {false};
    int r = 0;

    if (message->descriptor->n_fields > FIELDS_MAX)
        return -ENOMEM;
    for (const struct tree_node *child = node->first; child && r == 0; child = child->next)
        r = decode_member(d, child, message, seen);
    return r;
}

static int decode_wellknown(struct decode *d, const struct tree_node *node, ProtobufCMessage *message)
{
    if (node->kind != TREE_STRING && node->kind != TREE_PLAIN && node->kind != TREE_NUMBER)
        return decode_refuse(d, node, "should be text, is %s", decode_kind_name(node));
    if (message->descriptor == &google__protobuf__timestamp__descriptor) {
        if (wellknown_parse_timestamp(node->text, (Google__Protobuf__Timestamp *)message) < 0)
            return decode_refuse(d, node, "\"%.40s\" is not a time; write for example 2026-01-31T23:59:59Z",
                                 node->text);
    } else if (wellknown_parse_duration(node->text, (Google__Protobuf__Duration *)message) < 0) {
        return decode_refuse(d, node, "\"%.40s\" is not a duration; write for example 30s, 1.5s, 10m, 8h or 1d",
                             node->text);
    }
    return 0;
}

int decode_message(struct decode *d, const struct tree_node *node, const ProtobufCMessageDescriptor *descriptor,
                   ProtobufCMessage **ret_message)
{
    bool wellknown =
        descriptor == &google__protobuf__timestamp__descriptor || descriptor == &google__protobuf__duration__descriptor;
    size_t before = d->mistakes->n + d->mistakes->omitted;
    ProtobufCMessage *message;
    int r = 0;

    if (node && !wellknown && node->kind != TREE_MAP)
        return decode_refuse(d, node, "should be a mapping, is %s", decode_kind_name(node));
    message = decode_alloc(d, descriptor->sizeof_message);
    if (!message)
        return -ENOMEM;
    descriptor->message_init(message);
    if (node)
        r = wellknown ? decode_wellknown(d, node, message) : decode_members(d, node, message);
    if (r == 0 && d->mistakes->n + d->mistakes->omitted > before)
        r = -EINVAL;
    if (r < 0) {
        protobuf_c_message_free_unpacked(message, d->allocator);
        return r;
    }
    *ret_message = message;
    return 0;
}
