// Distinguished names as people write them (RFC 4514).
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/net/attribute_type.h"
#include "lib/net/der.h"
#include "lib/net/directory_string.h"
#include "lib/net/distinguished_name.h"

// X.680 41.4.
static bool is_printable(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!is_alnum && (c == '\0' || !strchr(" '()+,-./:=?", c)))
            return false;
    }
    return true;
}

static bool is_ascii(struct bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] > 0x7f)
            return false;
    return true;
}

// A value as it is read: its bytes, and what stood behind it.
struct value {
    uint8_t bytes[DIRECTORY_STRING_UTF8_MAX];
    size_t n;
    size_t kept; // up to here no blank at the end is cut
    bool is_any;
    bool is_der; // "#" and hex digits: the whole element
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int put(struct value *v, char c, bool is_kept)
{
    if (v->n == sizeof(v->bytes))
        return -EINVAL;
    v->bytes[v->n++] = (uint8_t)c;
    if (is_kept || c != ' ')
        v->kept = v->n;
    return 0;
}

// RFC 4514 2.4: '\' and a character, or '\' and two hex digits. Returns how many characters it took, or -EINVAL.
static int read_escaped(const char *at, struct value *v)
{
    int high = hex_digit(at[1]), low = high < 0 ? -1 : hex_digit(at[2]);

    if (low >= 0)
        return put(v, (char)(high << 4 | low), true) < 0 ? -EINVAL : 3;
    if (!at[1] || !strchr(" \"#+,;<=>\\*", at[1]))
        return -EINVAL;
    return put(v, at[1], true) < 0 ? -EINVAL : 2;
}

static int read_quoted(const char **at, struct value *v)
{
    const char *p = *at + 1;

    while (*p && *p != '"') {
        int n = *p == '\\' ? read_escaped(p, v) : put(v, *p, true) == 0 ? 1 : -EINVAL;

        if (n < 0)
            return n;
        p += n;
    }
    if (*p != '"')
        return -EINVAL;
    *at = p + 1;
    return 0;
}

static int read_plain(const char **at, struct value *v)
{
    const char *p = *at;
    bool has_star = false;

    while (*p && *p != ',' && *p != '+') {
        int n = *p == '\\' ? read_escaped(p, v) : 1;

        if (n < 0 || strchr("\"<>;", *p) || (*p != '\\' && put(v, *p, false) < 0))
            return -EINVAL;
        has_star = has_star || *p == '*';
        p += n;
    }
    v->n = v->kept;
    v->is_any = has_star && v->n == 1;
    *at = p;
    return has_star && !v->is_any ? -EINVAL : 0; // it would look like a pattern
}

// "#0c0161": the value as it stands in the DER.
static int read_hex(const char **at, struct value *v)
{
    char digits[2 * sizeof(v->bytes) + 1];
    size_t n = strspn(*at + 1, "0123456789abcdefABCDEF");
    struct reader r;
    struct bytes content;
    uint8_t tag;
    int size;

    if (n == 0 || n >= sizeof(digits))
        return -EINVAL;
    memcpy(digits, *at + 1, n);
    digits[n] = '\0';
    size = bytes_from_hex(digits, v->bytes, sizeof(v->bytes));
    if (size < 0)
        return -EINVAL;
    v->n = (size_t)size;
    v->is_der = true;
    r = reader_of(bytes_of(v->bytes, v->n));
    if (der_read(&r, &tag, &content) || reader_left(&r))
        return -EINVAL;
    *at += n + 1;
    return 0;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " ");
}

static int read_value(const char **at, struct value *v)
{
    int error;

    *v = (struct value){0};
    *at = skip_blanks(*at);
    error = **at == '#' ? read_hex(at, v) : **at == '"' ? read_quoted(at, v) : read_plain(at, v);
    *at = skip_blanks(*at);
    return error < 0 || v->n == 0 || (**at && **at != ',' && **at != '+') ? -EINVAL : 0;
}

static int read_type(const char **at, struct attribute_type *ret_type)
{
    size_t n;
    const char *end;

    *at = skip_blanks(*at);
    n = strcspn(*at, " =,+");
    end = skip_blanks(*at + n);
    if (*end != '=' || attribute_type_parse(bytes_of(*at, n), ret_type) < 0)
        return -EINVAL;
    *at = end + 1;
    return 0;
}

static void prepend_attribute(struct der_builder *b, const struct attribute_type *type, const struct value *v)
{
    struct bytes content = bytes_of(v->bytes, v->n);
    uint8_t tag = attribute_type_tag(type);
    size_t end = b->at, type_end;

    if (v->is_any) {
        der_prepend_header(b, DER_NULL, end);
    } else {
        der_prepend(b, content);
        if (tag == DER_IA5_STRING ? !is_ascii(content) : !is_printable(content))
            tag = DER_UTF8_STRING;
        else if (tag == 0)
            tag = DER_PRINTABLE_STRING;
        if (!v->is_der)
            der_prepend_header(b, tag, end);
    }
    type_end = b->at;
    der_prepend(b, bytes_of(type->oid, type->n));
    der_prepend_header(b, DER_OID, type_end);
    der_prepend_header(b, DER_SEQUENCE, end);
}

// The text's first RDN is the last one of the DER (RFC 4514 2.1), so it is written from its end.
static int read_names(const char *at, bool allows_any, struct der_builder *b)
{
    size_t set_end = b->at;

    for (size_t n = 1;; n++) {
        struct attribute_type type;
        struct value v;

        if (n > DISTINGUISHED_NAME_ATTRIBUTES_MAX || read_type(&at, &type) < 0 || read_value(&at, &v) < 0 ||
            (v.is_any && !allows_any))
            return -EINVAL;
        prepend_attribute(b, &type, &v);
        if (*at != '+') {
            der_prepend_header(b, DER_SET, set_end);
            set_end = b->at;
        }
        if (!*at)
            return 0;
        at++;
    }
}

int distinguished_name_from_text(const char *text, bool allows_any, size_t size, uint8_t *ret_der, size_t *ret_n)
{
    uint8_t buffer[4096];
    struct der_builder b = der_builder_of(buffer, sizeof(buffer));
    size_t n;

    if (read_names(text, allows_any, &b) < 0)
        return -EINVAL;
    der_prepend_header(&b, DER_SEQUENCE, b.end);
    n = b.end - b.at;
    if (b.failed || n > size)
        return -EINVAL;
    memcpy(ret_der, buffer + b.at, n);
    *ret_n = n;
    return 0;
}

// What is printed so far; what does not fit is left out.
struct text {
    char *out;
    size_t size;
    size_t n;
};

static void append(struct text *t, const char *piece)
{
    size_t n = strlen(piece);

    if (n >= t->size - t->n) {
        t->size = t->n + 1; // nothing behind what is left out
        return;
    }
    memcpy(t->out + t->n, piece, n + 1);
    t->n += n;
}

static void append_hex(struct text *t, const char *before, struct bytes b)
{
    append(t, before);
    for (size_t i = 0; i < b.n; i++) {
        char pair[3];

        append(t, bytes_to_hex(bytes_of(b.p + i, 1), pair, sizeof(pair)));
    }
}

static void append_string(struct text *t, struct bytes utf8)
{
    for (size_t i = 0; i < utf8.n; i++) {
        uint8_t c = utf8.p[i];
        bool is_end = i == 0 || i + 1 == utf8.n;
        char piece[4] = {(char)c};

        if (c < ' ' || c > 0x7e || c == '*')
            snprintf(piece, sizeof(piece), "\\%02x", c);
        else if (strchr("\"+,;<>\\", c) || (is_end && c == ' ') || (i == 0 && c == '#'))
            snprintf(piece, sizeof(piece), "\\%c", c);
        append(t, piece);
    }
}

static void append_attribute(struct text *t, const struct distinguished_name_attribute *a)
{
    char type[ATTRIBUTE_TYPE_TEXT_MAX];
    uint8_t buffer[DIRECTORY_STRING_UTF8_MAX], header[4];
    struct writer w = writer_of(buffer, sizeof(buffer));
    struct der_builder b = der_builder_of(header, sizeof(header));

    append(t, attribute_type_format(a->type, type, sizeof(type)));
    append(t, "=");
    if (a->tag == DER_NULL && a->value.n == 0) {
        append(t, "*");
    } else if (a->value.n && directory_string_to_utf8(a->tag, a->value, &w)) {
        append_string(t, writer_view(&w));
    } else {
        der_prepend_header(&b, a->tag, b.at + a->value.n);
        append_hex(t, "#", bytes_of(header + b.at, b.end - b.at));
        append_hex(t, "", a->value);
    }
}

char *distinguished_name_format(struct bytes der, char *out, size_t out_size)
{
    struct distinguished_name name;
    struct text t = {.out = out, .size = out_size};
    size_t end, first;

    if (out_size)
        out[0] = '\0';
    if (distinguished_name_parse(der, &name) < 0) {
        append_hex(&t, "#", der);
        return out;
    }
    for (end = name.n; end > 0; end = first) {
        for (first = end - 1; name.attributes[first].joins; first--)
            ;
        if (end < name.n)
            append(&t, ",");
        for (size_t i = end; i > first; i--) {
            if (i < end)
                append(&t, "+");
            append_attribute(&t, &name.attributes[i - 1]);
        }
    }
    return out;
}
