#include "lib/schema/proto_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/decode.h"
#include "lib/schema/encode.h"
#include "lib/schema/tree.h"
#include "lib/schema/wiping.h"

static json_t *json_of_node(const struct tree_node *node);

static json_t *json_of_number(const char *text)
{
    if (strpbrk(text, ".eE"))
        return json_real(strtod(text, NULL));
    return json_integer(strtoll(text, NULL, 10));
}

static json_t *json_of_children(const struct tree_node *node)
{
    json_t *value = node->kind == TREE_MAP ? json_object() : json_array();

    for (const struct tree_node *child = node->first; value && child; child = child->next) {
        json_t *member = json_of_node(child); // NULL is refused by both calls, which take the reference
        int r = node->kind == TREE_MAP ? json_object_set_new(value, child->key, member)
                                       : json_array_append_new(value, member);

        if (r < 0) {
            json_decref(value);
            return NULL;
        }
    }
    return value;
}

static json_t *json_of_node(const struct tree_node *node)
{
    switch (node->kind) {
    case TREE_NULL:
        return json_null();
    case TREE_BOOL:
        return json_boolean(strcmp(node->text, "true") == 0);
    case TREE_NUMBER:
        return json_of_number(node->text);
    case TREE_STRING:
    case TREE_PLAIN:
        return json_stringn(node->text, node->text_n);
    case TREE_LIST:
    case TREE_MAP:
        return json_of_children(node);
    }
    return NULL;
}

json_t *proto_json_encode_value(const ProtobufCMessage *message, unsigned flags)
{
    unsigned encode_flags = ENCODE_CAMEL | (flags & PROTO_JSON_DEFAULTS ? ENCODE_DEFAULTS : 0u);
    struct tree *tree = tree_new();
    json_t *value = NULL;

    if (tree && encode_message(tree, NULL, NULL, message, encode_flags) == 0)
        value = json_of_node(tree_root(tree));
    tree_free(tree);
    return value;
}

struct text {
    char *p; // of wiping_malloc
    size_t n;
    size_t capacity;
};

static int on_dump(const char *piece, size_t n, void *arg)
{
    struct text *text = arg;

    if (text->capacity - text->n <= n) {
        size_t capacity = 2 * text->capacity + n + 256;
        char *p = wiping_malloc(capacity);

        if (!p)
            return -1;
        if (text->n)
            memcpy(p, text->p, text->n);
        wiping_free(text->p);
        text->p = p;
        text->capacity = capacity;
    }
    memcpy(text->p + text->n, piece, n);
    text->n += n;
    text->p[text->n] = '\0';
    return 0;
}

char *proto_json_encode(const ProtobufCMessage *message, unsigned flags)
{
    json_t *value = proto_json_encode_value(message, flags);
    struct text text = {0};

    if (!value)
        return NULL;
    if (json_dump_callback(value, on_dump, &text, flags & PROTO_JSON_INDENT ? JSON_INDENT(2) : JSON_COMPACT) < 0) {
        wiping_free(text.p);
        text.p = NULL;
    }
    json_decref(value);
    return text.p;
}

struct from_json {
    struct tree *tree;
    unsigned depth;
};

static int add_json(struct from_json *from, struct tree_node *parent, const char *key, const json_t *value);

static int add_children(struct from_json *from, struct tree_node *node, const json_t *value)
{
    const char *key;
    json_t *member;
    size_t index;
    int r = 0;

    if (node->kind == TREE_LIST) {
        json_array_foreach(value, index, member) if (r == 0) r = add_json(from, node, NULL, member);
        return r;
    }
    json_object_foreach((json_t *)value, key, member)
    {
        const char *copy = tree_copy(from->tree, bytes_of_str(key));

        if (!copy)
            return -ENOMEM;
        if (r == 0)
            r = add_json(from, node, copy, member);
    }
    return r;
}

static int add_text(struct from_json *from, struct tree_node *parent, enum tree_kind kind, const char *key,
                    struct bytes text)
{
    return tree_add_text(from->tree, parent, kind, key, text) ? 0 : -ENOMEM;
}

static int add_json(struct from_json *from, struct tree_node *parent, const char *key, const json_t *value)
{
    struct tree_node *node;
    char number[32];
    int r;

    switch (json_typeof(value)) {
    case JSON_NULL:
        return add_text(from, parent, TREE_NULL, key, bytes_of_str("null"));
    case JSON_TRUE:
    case JSON_FALSE:
        return add_text(from, parent, TREE_BOOL, key, bytes_of_str(json_is_true(value) ? "true" : "false"));
    case JSON_INTEGER:
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
        return add_text(from, parent, TREE_NUMBER, key, bytes_of_str(number));
    case JSON_REAL:
        snprintf(number, sizeof(number), "%.17g", json_real_value(value));
        return add_text(from, parent, TREE_NUMBER, key, bytes_of_str(number));
    case JSON_STRING:
        return add_text(from, parent, TREE_STRING, key, bytes_of(json_string_value(value), json_string_length(value)));
    default:
        break;
    }
    if (from->depth == TREE_DEPTH_MAX)
        return -E2BIG;
    node = tree_add(from->tree, parent, json_is_object(value) ? TREE_MAP : TREE_LIST, key);
    if (!node)
        return -ENOMEM;
    from->depth++;
    r = add_children(from, node, value);
    from->depth--;
    return r;
}

int proto_json_decode_value(const json_t *value, const ProtobufCMessageDescriptor *descriptor,
                            ProtobufCAllocator *allocator, struct mistakes *mistakes, ProtobufCMessage **ret_message)
{
    struct decode d = {.allocator = allocator, .mistakes = mistakes};
    struct from_json from = {.tree = tree_new()};
    int r = from.tree ? add_json(&from, NULL, NULL, value) : -ENOMEM;

    if (r == 0)
        r = decode_message(&d, tree_root(from.tree), descriptor, ret_message);
    if (r == -E2BIG) {
        mistake_add(mistakes, 0, 0, "", "nested more than %d deep", TREE_DEPTH_MAX);
        r = -EINVAL;
    }
    tree_free(from.tree);
    return r;
}

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!strchr(" \t\r\n", text.p[i]) || !text.p[i])
            return false;
    return true;
}

int proto_json_decode(struct bytes text, const ProtobufCMessageDescriptor *descriptor, ProtobufCAllocator *allocator,
                      struct mistakes *mistakes, ProtobufCMessage **ret_message)
{
    bool blank = is_blank(text);
    json_error_t error;
    json_t *value = json_loadb(blank ? "{}" : (const char *)text.p, blank ? 2 : text.n, JSON_REJECT_DUPLICATES, &error);
    int r;

    if (!value) {
        // jansson's text may quote what stands near the mistake, which may be a secret: only its place is told
        mistake_add(mistakes, (unsigned)error.line, (unsigned)error.column, "", "%s",
                    json_error_code(&error) == json_error_duplicate_key ? "a key is there twice" : "is not valid JSON");
        return -EINVAL;
    }
    r = proto_json_decode_value(value, descriptor, allocator, mistakes, ret_message);
    json_decref(value);
    return r;
}
