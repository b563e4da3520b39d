// What JSON and YAML texts have in common, with the place of each part: between the two formats and the messages. A
// tree owns all of its memory and wipes it when freed, since a text may hold a secret.
#ifndef BULKHEAD_SCHEMA_TREE_H
#define BULKHEAD_SCHEMA_TREE_H

#include "lib/core/bytes.h"

enum tree_kind {
    TREE_NULL,
    TREE_BOOL,   // text is "true" or "false"
    TREE_NUMBER, // text as JSON writes a number
    TREE_STRING, // quoted
    TREE_PLAIN,  // not quoted (YAML): text, number or boolean, as the field wants it
    TREE_LIST,
    TREE_MAP,
};

struct tree_node {
    enum tree_kind kind;
    unsigned line; // from 1; 0: not known
    unsigned column;
    unsigned key_line; // where the key stands
    unsigned key_column;
    const char *key;  // of a map's member, else NULL
    const char *text; // of a scalar, NUL-terminated
    size_t text_n;
    struct tree_node *next; // the next of the same list or map
    struct tree_node *first, *last;
};

struct tree;

// How deep lists and maps may nest, and how many nodes a tree may have.
#define TREE_DEPTH_MAX 64
#define TREE_NODES_MAX 2000000

// NULL without memory.
struct tree *tree_new(void);
// NULL is taken.
void tree_free(struct tree *tree);
// A copy of b in the tree's memory, NUL-terminated; NULL without memory.
char *tree_copy(struct tree *tree, struct bytes b);
// A new node at the end of parent, or the root when parent is NULL. `key` must live as long as the tree (tree_copy).
// NULL without memory, or beyond TREE_NODES_MAX.
struct tree_node *tree_add(struct tree *tree, struct tree_node *parent, enum tree_kind kind, const char *key);
// The same with a text, which is copied.
struct tree_node *tree_add_text(struct tree *tree, struct tree_node *parent, enum tree_kind kind, const char *key,
                                struct bytes text);
// NULL for an empty tree.
const struct tree_node *tree_root(const struct tree *tree);
// The node at "tunnels[2].policies[0].remote", or the nearest one above it that exists; keys match in both spellings.
// NULL for an empty tree.
const struct tree_node *tree_find(const struct tree *tree, const char *path);
// Are they the same key, "split_include" and "splitInclude"?
bool tree_key_equal(const char *a, const char *b);

#endif
