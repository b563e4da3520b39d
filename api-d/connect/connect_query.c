#include "api-d/connect/connect_query.h"

#include <errno.h>
#include <string.h>

#include "lib/schema/base64.h"
#include "lib/schema/wiping.h"

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// RFC 3986 2.1, with '+' for a space as forms have it.
static int decode_percent(struct bytes text, struct buffer *out)
{
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i] == '+' ? ' ' : text.p[i];

        if (c == '%') {
            int high = i + 2 < text.n ? hex_digit(text.p[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;

            if (low < 0)
                return -EINVAL;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        if (buffer_append(out, bytes_of(&c, 1)) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int keep(const struct buffer *value, char *out, size_t out_size)
{
    if (value->n >= out_size || strlen(buffer_str(value)) != value->n)
        return -EINVAL;
    memcpy(out, buffer_str(value), value->n + 1);
    return 0;
}

static int set_parameter(struct connect_query *query, struct bytes name, struct buffer *value)
{
    const struct {
        const char *name;
        char *out;
        size_t size;
    } kept[] = {
        {"connect", query->connect, sizeof(query->connect)},
        {"encoding", query->encoding, sizeof(query->encoding)},
        {"compression", query->compression, sizeof(query->compression)},
        {"base64", query->base64, sizeof(query->base64)},
    };

    if (name.n == 7 && !memcmp(name.p, "message", 7)) {
        buffer_done(&query->message);
        query->message = buffer_take(value);
        query->has_message = true;
        return 0;
    }
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (name.n == strlen(kept[i].name) && !memcmp(name.p, kept[i].name, name.n))
            return keep(value, kept[i].out, kept[i].size);
    return 0;
}

static int parse_parameter(struct connect_query *query, struct bytes text)
{
    const uint8_t *equals = text.n ? memchr(text.p, '=', text.n) : NULL;
    struct buffer value = {0};
    size_t name_n;
    int err;

    if (!equals)
        return 0;
    name_n = (size_t)(equals - text.p);
    err = decode_percent(bytes_of(equals + 1, text.n - name_n - 1), &value);
    if (!err)
        err = set_parameter(query, bytes_of(text.p, name_n), &value);
    buffer_done(&value);
    return err;
}

static int decode_message(struct connect_query *query)
{
    struct buffer text = buffer_take(&query->message);
    uint8_t *decoded = wiping_malloc(text.n / 4 * 3 + 2);
    int n = decoded ? base64_decode(buffer_view(&text), decoded) : -ENOMEM;

    if (n > 0)
        n = buffer_append(&query->message, bytes_of(decoded, (size_t)n));
    wiping_free(decoded);
    buffer_done(&text);
    return n < 0 ? n : 0;
}

int connect_query_parse(struct bytes text, struct connect_query *query, const char **ret_error)
{
    int err;

    *ret_error = "malformed query parameter";
    *query = (struct connect_query){0};
    while (text.n) {
        const uint8_t *end = memchr(text.p, '&', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;

        err = parse_parameter(query, bytes_of(text.p, n));
        if (err < 0)
            return err;
        text = end ? bytes_of(end + 1, text.n - n - 1) : bytes_of(NULL, 0);
    }
    if (!strcmp(query->base64, "1")) {
        *ret_error = "query parameter message is not base64";
        return decode_message(query);
    }
    return 0;
}

void connect_query_done(struct connect_query *query)
{
    buffer_done(&query->message);
}
