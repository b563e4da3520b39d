// Messages as YAML text (declared in proto_yaml.h).
#include "lib/schema/proto_yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/schema/encode.h"
#include "lib/schema/utf8.h"

static void print_block(FILE *f, const struct tree_node *node, int indent);

// May it stand without quotes and still mean the same text, for us and for YAML readers that guess types?
static bool is_plain(const char *text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    char *end;

    if (!isalnum((unsigned char)*text) || strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                       "-_./@") != strlen(text))
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(text, words[i]) == 0)
            return false;
    strtod(text, &end);
    return *end != '\0'; // a number in quotes stays text
}

// One character in double quotes.
static void print_quoted(FILE *f, const char *p, size_t n)
{
    uint8_t c = (uint8_t)*p;

    if (c == '"' || c == '\\')
        fprintf(f, "\\%c", c);
    else if (c < ' ' || c == 0x7f)
        fprintf(f, "\\x%02x", c);
    else if (utf8_is_odd(bytes_of(p, n), n))
        fprintf(f, n == 2 ? "\\x%02x" : "\\u20%02x", n == 2 ? (uint8_t)p[1] : (unsigned)((uint8_t)p[2] & 0x3f));
    else
        fwrite(p, 1, n, f);
}

static void print_text(FILE *f, const char *text)
{
    size_t left = strlen(text);

    if (is_plain(text)) {
        fputs(text, f);
        return;
    }
    fputc('"', f);
    for (size_t n; left > 0; text += n, left -= n) {
        n = utf8_length(bytes_of(text, left));
        n = n ? n : 1;
        print_quoted(f, text, n);
    }
    fputc('"', f);
}

// What follows "key:" or "-".
static void print_value(FILE *f, const struct tree_node *node, int indent)
{
    switch (node->kind) {
    case TREE_LIST:
    case TREE_MAP:
        if (!node->first) {
            fputs(node->kind == TREE_LIST ? " []\n" : " {}\n", f);
            return;
        }
        fputc('\n', f);
        print_block(f, node, indent);
        return;
    case TREE_STRING:
    case TREE_PLAIN:
        fputc(' ', f);
        print_text(f, node->text);
        fputc('\n', f);
        return;
    default:
        fprintf(f, " %s\n", node->text);
        return;
    }
}

static void print_member(FILE *f, const struct tree_node *node, int indent)
{
    fprintf(f, "%s:", node->key);
    // lists stand at their key's column, as people write them
    print_value(f, node, node->kind == TREE_LIST ? indent : indent + 2);
}

static void print_block(FILE *f, const struct tree_node *node, int indent)
{
    for (const struct tree_node *child = node->first; child; child = child->next) {
        fprintf(f, "%*s", indent, "");
        if (node->kind == TREE_MAP) {
            print_member(f, child, indent);
        } else if (child->kind == TREE_MAP && child->first) {
            fputs("- ", f); // the first member on the same line
            print_member(f, child->first, indent + 2);
            print_block(f, &(struct tree_node){.kind = TREE_MAP, .first = child->first->next}, indent + 2);
        } else {
            fputc('-', f);
            print_value(f, child, indent + 2);
        }
    }
}

char *proto_yaml_encode(const ProtobufCMessage *message)
{
    struct tree *tree = tree_new();
    char *text = NULL;
    size_t n;
    FILE *f;

    if (!tree)
        return NULL;
    if (encode_message(tree, NULL, NULL, message, ENCODE_SHORT) == 0 && (f = open_memstream(&text, &n))) {
        if (tree_root(tree)->first)
            print_block(f, tree_root(tree), 0);
        else
            fputs("{}\n", f);
        fclose(f);
    }
    tree_free(tree);
    return text;
}
