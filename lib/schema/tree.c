#include "lib/schema/tree.h"

#include <ctype.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/secret.h"

#define BLOCK_BYTES 65536

struct block {
    struct block *next;
    size_t capacity;
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

struct tree {
    struct block *blocks; // the first one is filled
    struct tree_node *root;
    size_t nodes;
};

struct tree *tree_new(void)
{
    return calloc(1, sizeof(struct tree));
}

void tree_free(struct tree *tree)
{
    struct block *next;

    if (!tree)
        return;
    for (struct block *b = tree->blocks; b; b = next) {
        next = b->next;
        secret_wipe(b->data, b->used);
        free(b);
    }
    free(tree);
}

static struct block *add_block(struct tree *tree, size_t n)
{
    size_t capacity = n > BLOCK_BYTES / 4 ? n : BLOCK_BYTES;
    struct block *b = malloc(sizeof(*b) + capacity);

    if (!b)
        return NULL;
    b->capacity = capacity;
    b->used = 0;
    if (capacity == n && tree->blocks) { // full at once: the one in use stays in front
        b->next = tree->blocks->next;
        tree->blocks->next = b;
    } else {
        b->next = tree->blocks;
        tree->blocks = b;
    }
    return b;
}

static void *take(struct tree *tree, size_t n)
{
    size_t rounded = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct block *b = tree->blocks;
    void *p;

    if (!b || b->capacity - b->used < rounded)
        b = add_block(tree, rounded);
    if (!b)
        return NULL;
    p = b->data + b->used;
    b->used += rounded;
    return p;
}

char *tree_copy(struct tree *tree, struct bytes b)
{
    char *p = take(tree, b.n + 1);

    if (!p)
        return NULL;
    if (b.n)
        memcpy(p, b.p, b.n);
    p[b.n] = '\0';
    return p;
}

struct tree_node *tree_add(struct tree *tree, struct tree_node *parent, enum tree_kind kind, const char *key)
{
    struct tree_node *node;

    if (tree->nodes == TREE_NODES_MAX)
        return NULL;
    node = take(tree, sizeof(*node));
    if (!node)
        return NULL;
    tree->nodes++;
    *node = (struct tree_node){.kind = kind, .key = key, .text = ""};
    if (!parent) {
        tree->root = node;
        return node;
    }
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    return node;
}

struct tree_node *tree_add_text(struct tree *tree, struct tree_node *parent, enum tree_kind kind, const char *key,
                                struct bytes text)
{
    char *copy = tree_copy(tree, text);
    struct tree_node *node = copy ? tree_add(tree, parent, kind, key) : NULL;

    if (!node)
        return NULL;
    node->text = copy;
    node->text_n = text.n;
    return node;
}

const struct tree_node *tree_root(const struct tree *tree)
{
    return tree->root;
}

// Is `camel` the lowerCamelCase form of `snake`?
static bool is_camel_of(const char *camel, const char *snake)
{
    for (; *snake; snake++, camel++) {
        if (*snake == '_' && snake[1]) {
            snake++;
            if (*camel != toupper((unsigned char)*snake))
                return false;
        } else if (*camel != *snake) {
            return false;
        }
    }
    return *camel == '\0';
}

bool tree_key_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || is_camel_of(a, b) || is_camel_of(b, a);
}

static const struct tree_node *find_key(const struct tree_node *map, const char *key, size_t n)
{
    char name[128];

    if (n >= sizeof(name) || map->kind != TREE_MAP)
        return NULL;
    memcpy(name, key, n);
    name[n] = '\0';
    for (const struct tree_node *node = map->first; node; node = node->next)
        if (tree_key_equal(node->key, name))
            return node;
    return NULL;
}

static const struct tree_node *find_index(const struct tree_node *list, unsigned long index)
{
    const struct tree_node *node = list->kind == TREE_LIST ? list->first : NULL;

    while (node && index-- > 0)
        node = node->next;
    return node;
}

const struct tree_node *tree_find(const struct tree *tree, const char *path)
{
    const struct tree_node *found = tree->root, *node = found;

    while (node && *path) {
        if (*path == '[') {
            char *end;

            node = find_index(node, strtoul(path + 1, &end, 10));
            path = *end == ']' ? end + 1 : end + strlen(end);
        } else {
            size_t n = strcspn(path, ".[");

            node = find_key(node, path, n);
            path += n;
        }
        if (*path == '.')
            path++;
        found = node ? node : found;
    }
    return found;
}
