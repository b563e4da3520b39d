#include "lib/net/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (!isgraph((unsigned char)*text) || *text == '#' || *text == '\\')
            return false;
    return true;
}

static int parse_port(struct bytes digits, uint16_t *ret_port)
{
    unsigned port = 0;

    if (digits.n == 0 || digits.n > 5)
        return -EINVAL;
    for (size_t i = 0; i < digits.n; i++) {
        if (!isdigit(digits.p[i]))
            return -EINVAL;
        port = port * 10 + (unsigned)(digits.p[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX)
        return -EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

// "[2001:db8::1]" or "host"; where it ends, ret_rest begins.
static int split_host(const char *text, size_t n, char *out, size_t out_size, size_t *ret_rest)
{
    struct address address;
    const char *end;
    bool bracketed = n && text[0] == '[';
    size_t size;

    end = memchr(text, bracketed ? ']' : ':', n);
    if (bracketed && !end)
        return -EINVAL;
    *ret_rest = end ? (size_t)(end - text) + bracketed : n;
    text += bracketed;
    size = *ret_rest - (bracketed ? 2u : 0u);
    if (size == 0 || size >= out_size)
        return -EINVAL;
    memcpy(out, text, size);
    out[size] = 0;
    if (address_parse(out, &address) == 0)
        return bracketed == (address.family == 6) ? 0 : -EINVAL;
    return !bracketed && host_name_is_valid(out) ? 0 : -EINVAL;
}

int url_parse(const char *text, struct url *ret_url)
{
    struct url url = {.port = 80};
    size_t n, rest;
    int r;

    if (strlen(text) > URL_MAX_BYTES)
        return -ENAMETOOLONG;
    if (strncasecmp(text, "http://", 7) != 0)
        return -EPROTONOSUPPORT;
    text += 7;
    n = strcspn(text, "/?");
    if (!is_plain(text) || memchr(text, '@', n) || n >= sizeof(url.authority))
        return -EINVAL;
    r = split_host(text, n, url.host, sizeof(url.host), &rest);
    if (r == 0 && rest < n)
        r = text[rest] == ':' ? parse_port(bytes_of(text + rest + 1, n - rest - 1), &url.port) : -EINVAL;
    if (r < 0)
        return r;
    snprintf(url.authority, sizeof(url.authority), "%.*s", (int)n, text);
    snprintf(url.target, sizeof(url.target), "%s%s", text[n] == '/' ? "" : "/", text + n);
    *ret_url = url;
    return 0;
}
