#include "lib/schema/proto_yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "lib/schema/decode.h"
#include "lib/schema/utf8.h"

#define READ_BYTES 16384

struct place {
    unsigned line;
    unsigned column;
};

// Builds the tree from the parser's events, without recursion.
struct builder {
    struct tree *tree;
    struct mistakes *mistakes;
    struct tree_node *open[TREE_DEPTH_MAX];
    unsigned depth;
    unsigned documents;
    const char *key; // read, its value not yet
    unsigned key_line;
    unsigned key_column;
    struct bytes unread; // of the text
    size_t read_ahead;   // since the last event
    bool read_too_far;
    struct place last; // of the last event
};

static bool is_quoted(const struct fy_event *event)
{
    enum fy_scalar_style style = event->type == FYET_SCALAR ? fy_token_scalar_style(event->scalar.value) : FYSS_ANY;

    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static struct place place_of(struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);

    struct place at;

    if (!mark || mark->line < 0 || mark->column < 0)
        return (struct place){0};
    at = (struct place){.line = (unsigned)mark->line + 1, .column = (unsigned)mark->column + 1};
    // the parser's mark is behind the opening quote and the alias's asterisk
    if (at.column > 1 && (event->type == FYET_ALIAS || is_quoted(event)))
        at.column--;
    return at;
}

static int refuse(struct builder *b, struct fy_event *event, const char *text)
{
    struct place at = place_of(event);

    mistake_add(b->mistakes, at.line, at.column, "", "%s", text);
    return -EINVAL;
}

static struct tree_node *parent_of(const struct builder *b)
{
    return b->depth ? b->open[b->depth - 1] : NULL;
}

static bool expects_key(const struct builder *b)
{
    return b->depth && parent_of(b)->kind == TREE_MAP && !b->key;
}

static int add_key(struct builder *b, struct fy_event *event, struct bytes text)
{
    struct place at = place_of(event);

    if (text.n && memchr(text.p, '\0', text.n))
        return refuse(b, event, "a key has a NUL in it");
    b->key = tree_copy(b->tree, text);
    b->key_line = at.line;
    b->key_column = at.column;
    return b->key ? 0 : -ENOMEM;
}

// What comes in as a value takes the pending key with it.
static int place_node(struct builder *b, struct fy_event *event, struct tree_node *node)
{
    struct place at = place_of(event);

    if (!node)
        return refuse(b, event, "more than fits: too many values");
    node->line = at.line ? at.line : b->key_line;
    node->column = at.line ? at.column : b->key_column;
    node->key_line = b->key_line;
    node->key_column = b->key_column;
    b->key = NULL;
    return 0;
}

static int on_scalar(struct builder *b, struct fy_event *event)
{
    bool plain = fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
    size_t n = 0;
    const char *p = fy_token_get_text(event->scalar.value, &n);

    if (event->scalar.anchor || event->scalar.tag)
        return refuse(b, event, "anchors and tags have no place here; write the value itself");
    if (!p)
        n = 0;
    if (expects_key(b))
        return add_key(b, event, bytes_of(p, n));
    return place_node(b, event,
                      tree_add_text(b->tree, parent_of(b), plain ? TREE_PLAIN : TREE_STRING, b->key, bytes_of(p, n)));
}

static int on_start(struct builder *b, struct fy_event *event, enum tree_kind kind)
{
    bool marked = kind == TREE_MAP ? event->mapping_start.anchor || event->mapping_start.tag
                                   : event->sequence_start.anchor || event->sequence_start.tag;
    struct tree_node *node;
    int r;

    if (marked)
        return refuse(b, event, "anchors and tags have no place here; write the value itself");
    if (expects_key(b))
        return refuse(b, event, "a key should be a single word, is a list or a mapping");
    if (b->depth == TREE_DEPTH_MAX)
        return refuse(b, event, "nested too deep");
    node = tree_add(b->tree, parent_of(b), kind, b->key);
    r = place_node(b, event, node);
    if (r == 0)
        b->open[b->depth++] = node;
    return r;
}

static int on_event(struct builder *b, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        return b->documents++ ? refuse(b, event, "a second document; there may be only one") : 0;
    case FYET_SCALAR:
        return on_scalar(b, event);
    case FYET_MAPPING_START:
        return on_start(b, event, TREE_MAP);
    case FYET_SEQUENCE_START:
        return on_start(b, event, TREE_LIST);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        b->depth--;
        return 0;
    case FYET_ALIAS:
        return refuse(b, event, "aliases have no place here; write the value itself");
    default:
        return 0;
    }
}

// The parser's own complaints, collected instead of printed. NULL without memory.
static struct fy_diag *new_diag(void)
{
    // Not fy_diag_cfg_default, which asks whether stderr is a terminal: no system call that a sandbox allows.
    struct fy_diag_cfg cfg = {.level = FYET_ERROR, .module_mask = (1u << FYEM_MAX) - 1};
    struct fy_diag *diag;

    diag = fy_diag_create(&cfg);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static void take_syntax_errors(struct builder *b, struct fy_diag *diag)
{
    struct fy_diag_error *error;
    void *cursor = NULL;
    bool any = false;

    while ((error = fy_diag_errors_iterate(diag, &cursor))) {
        mistake_add(b->mistakes, error->line > 0 ? (unsigned)error->line : 0,
                    error->column > 0 ? (unsigned)error->column : 0, "", "is not valid YAML: %s", error->msg);
        any = true;
    }
    if (!any)
        mistake_add(b->mistakes, 0, 0, "", "is not valid YAML");
}

// Hands the text out in pieces. Lists in brackets make the parser look ahead for their ends, with hundreds of bytes of
// memory for each of the text's: so the text ends early when no event comes for too long.
static ssize_t on_read(void *arg, void *buffer, size_t n)
{
    struct builder *b = arg;

    n = n < READ_BYTES ? n : READ_BYTES;
    n = n < b->unread.n ? n : b->unread.n;
    b->read_ahead += n;
    b->read_too_far = b->read_too_far || b->read_ahead > PROTO_YAML_AHEAD_MAX;
    if (n == 0 || b->read_too_far)
        return 0;
    memcpy(buffer, b->unread.p, n);
    b->unread = bytes_of(b->unread.p + n, b->unread.n - n);
    return (ssize_t)n;
}

static int parse(struct builder *b, struct fy_parser *parser, struct bytes text)
{
    struct fy_event *event;
    int r = 0;

    b->unread = text;
    if (fy_parser_set_input_callback(parser, b, on_read) < 0)
        return -ENOMEM;
    while (r == 0 && !b->read_too_far && (event = fy_parser_parse(parser))) {
        b->read_ahead = 0;
        b->last = place_of(event);
        r = on_event(b, event);
        fy_parser_event_free(parser, event);
    }
    if (r == 0 && b->read_too_far) {
        mistake_add(b->mistakes, b->last.line, b->last.column, "",
                    "what follows here, a value or a line of values in brackets, is longer than %u bytes",
                    PROTO_YAML_AHEAD_MAX);
        r = -EINVAL;
    }
    return r;
}

static int build(struct builder *b, struct bytes text)
{
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = new_diag()};
    struct fy_parser *parser = cfg.diag ? fy_parser_create(&cfg) : NULL;
    int r = parser ? parse(b, parser, text) : -ENOMEM;

    if (r == 0 && fy_parser_get_stream_error(parser)) {
        take_syntax_errors(b, cfg.diag);
        r = -EINVAL;
    }
    fy_parser_destroy(parser);
    fy_diag_destroy(cfg.diag);
    return r;
}

// What the parser need not see: it does not end on some malformed directives, and is not made for what is no text.
// NULL, or what is wrong at the place that *line and *column then have.
static const char *find_unfit(struct bytes text, unsigned *line, unsigned *column)
{
    for (size_t n; text.n > 0; text = bytes_of(text.p + n, text.n - n)) {
        n = utf8_length(text);
        if (n == 0)
            return "is not UTF-8 text";
        if (*column == 1 && *text.p == '%')
            return "directives have no place here; a value that starts with % needs quotes";
        if ((*text.p < ' ' && !strchr("\t\r\n", *text.p)) || *text.p == 0 || *text.p == 0x7f || utf8_is_odd(text, n))
            return "control characters have no place here";
        if (*text.p == '\r' || *text.p == '\n') {
            *line += *text.p == '\n' || text.n == 1 || text.p[1] != '\n';
            *column = 1;
        } else if (n != 3 || memcmp(text.p, "\xef\xbb\xbf", 3) != 0) { // a byte order mark takes no column
            ++*column;
        }
    }
    return NULL;
}

static int check_text(struct mistakes *mistakes, struct bytes text)
{
    unsigned line = 1, column = 1;
    const char *wrong;

    if (text.n > PROTO_YAML_BYTES_MAX) {
        mistake_add(mistakes, 0, 0, "", "is %zu bytes long; at most %u are read", text.n, PROTO_YAML_BYTES_MAX);
        return -EFBIG;
    }
    wrong = find_unfit(text, &line, &column);
    if (!wrong)
        return 0;
    mistake_add(mistakes, line, column, "", "%s", wrong);
    return -EINVAL;
}

// Nothing written at all is an empty message.
static const struct tree_node *root_or_null(const struct tree *tree)
{
    const struct tree_node *root = tree_root(tree);

    return root && decode_is_null(root) ? NULL : root;
}

int proto_yaml_decode(struct bytes text, const ProtobufCMessageDescriptor *descriptor, struct mistakes *mistakes,
                      ProtobufCMessage **ret_message, struct tree **ret_tree)
{
    struct builder b = {.mistakes = mistakes};
    struct decode d = {.mistakes = mistakes};
    int r = check_text(mistakes, text);

    if (r < 0)
        return r;
    b.tree = tree_new();
    if (!b.tree)
        return -ENOMEM;
    if (text.n)
        r = build(&b, text);
    if (r == 0)
        r = decode_message(&d, root_or_null(b.tree), descriptor, ret_message);
    if (r == 0 && ret_tree)
        *ret_tree = b.tree;
    else
        tree_free(b.tree);
    return r;
}
