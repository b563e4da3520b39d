#include "api-d/certificate_text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/net/url.h"
#include "lib/schema/utf8.h"

#define DNS_NAME_MAX 253u
#define URL_MAX      255u

void certificate_text_at(struct certificate_text *text, const char *path)
{
    snprintf(text->path, sizeof(text->path), "%s", path);
}

void certificate_text_at_index(struct certificate_text *text, const char *path, size_t index)
{
    snprintf(text->path, sizeof(text->path), "%s[%zu]", path, index);
}

int certificate_text_fail(struct certificate_text *text, const char *format, ...)
{
    int n = snprintf(text->error, text->size, "%s: ", text->path);
    va_list args;

    va_start(args, format);
    vsnprintf(text->error + n, text->size - (size_t)n, format, args);
    va_end(args);
    return -EINVAL;
}

bool certificate_text_is_plain(const char *value, size_t max)
{
    size_t n = strlen(value);

    if (n > max || !utf8_is_text(bytes_of(value, n)))
        return false;
    for (size_t i = 0, step; i < n; i += step) {
        struct bytes rest = bytes_of(value + i, n - i);

        step = utf8_length(rest);
        if (iscntrl((unsigned char)value[i]) || utf8_is_odd(rest, step))
            return false;
    }
    return true;
}

bool certificate_text_is_http_url(const char *value)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+,;=%";
    struct url url;

    return strlen(value) <= URL_MAX && strspn(value, allowed) == strlen(value) && url_parse(value, &url) == 0;
}

static bool is_address(const char *value)
{
    struct in6_addr room;

    return inet_pton(AF_INET, value, &room) == 1 || inet_pton(AF_INET6, value, &room) == 1;
}

// Labels of letters, digits, '-' and '_' of at most 63 (RFC 1034 3.5, and what people use); the first may be "*".
static bool is_dns_name(const char *value)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *p = strncmp(value, "*.", 2) == 0 ? value + 2 : value;

    if (strlen(value) > DNS_NAME_MAX)
        return false;
    for (;; p++) {
        size_t n = strspn(p, allowed);

        if (n < 1 || n > 63 || *p == '-' || p[n - 1] == '-')
            return false;
        p += n;
        if (*p != '.')
            return !*p;
    }
}

static bool is_email(const char *value)
{
    const char *at = strchr(value, '@');

    if (!at || at == value || strlen(value) > DNS_NAME_MAX || at[1] == '*')
        return false;
    for (const char *p = value; *p; p++)
        if (!isgraph((unsigned char)*p) || *p == '<' || *p == '>')
            return false;
    return is_dns_name(at + 1);
}

bool certificate_text_is_alt_name(const char *value)
{
    if (!strncasecmp(value, "dns:", 4))
        return is_dns_name(value + 4) || is_address(value + 4);
    if (!strncasecmp(value, "ip:", 3))
        return is_address(value + 3);
    if (!strncasecmp(value, "email:", 6))
        return is_email(value + 6);
    return is_address(value) || is_email(value) || is_dns_name(value);
}

size_t certificate_text_characters(const ProtobufCBinaryData *data)
{
    struct bytes all = bytes_of(data->data, data->len);
    size_t count = 0;

    if (!utf8_is_text(all))
        return data->len;
    for (size_t i = 0; i < all.n; i++)
        count += (all.p[i] & 0xc0) != 0x80;
    return count;
}
