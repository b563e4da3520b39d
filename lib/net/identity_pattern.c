#include "lib/net/identity_pattern.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/net/distinguished_name.h"

// "*.branch.example" -> ".branch.example"
static int cut_star(struct identity *id)
{
    uint8_t separator = id->type == IDENTITY_FQDN ? '.' : '@';

    if (id->data[0] != '*' || id->n < 3 || id->data[1] != separator || memchr(id->data + 1, '*', id->n - 1u))
        return -EINVAL;
    id->n--;
    memmove(id->data, id->data + 1, id->n);
    id->data[id->n] = 0;
    return 0;
}

static int parse_name(const char *text, struct identity_pattern *ret_pattern)
{
    struct identity_pattern pattern = {.kind = IDENTITY_PATTERN_NAME, .identity = {.type = IDENTITY_DN}};
    size_t n;

    if (strncasecmp(text, "dn:", 3) == 0)
        text += 3;
    if (distinguished_name_from_text(text, true, sizeof(pattern.identity.data), pattern.identity.data, &n) < 0)
        return -EINVAL;
    pattern.identity.n = (uint16_t)n;
    *ret_pattern = pattern;
    return 0;
}

int identity_pattern_parse(const char *text, struct identity_pattern *ret_pattern)
{
    struct identity_pattern pattern = {.kind = IDENTITY_PATTERN_EXACT};
    bool named;
    int r;

    if (strcmp(text, "any") == 0) {
        *ret_pattern = (struct identity_pattern){.kind = IDENTITY_PATTERN_ANY};
        return 0;
    }
    r = identity_parse(text, &pattern.identity);
    if (strchr(text, '=') && pattern.identity.type != IDENTITY_DN && parse_name(text, ret_pattern) == 0)
        return 0;
    named = pattern.identity.type == IDENTITY_FQDN || pattern.identity.type == IDENTITY_EMAIL;
    if (r == 0 && named && memchr(pattern.identity.data, '*', pattern.identity.n)) {
        pattern.kind = IDENTITY_PATTERN_SUFFIX;
        r = cut_star(&pattern.identity);
    }
    if (r == 0)
        *ret_pattern = pattern;
    return r;
}

static struct identity tail_of(const struct identity *id, uint16_t n)
{
    struct identity tail = {.type = id->type, .n = n};

    memcpy(tail.data, id->data + id->n - n, n);
    return tail;
}

// An empty label, or a second '@', is no name that '*' stands for.
static bool is_sound_head(const struct identity *id, size_t n)
{
    return id->type == IDENTITY_FQDN ? id->data[0] != '.' : !memchr(id->data, '@', n);
}

bool identity_pattern_fits(const struct identity_pattern *pattern, const struct identity *id)
{
    const struct identity *suffix = &pattern->identity;
    struct identity tail;

    if (pattern->kind == IDENTITY_PATTERN_ANY)
        return id->type != IDENTITY_NONE;
    if (pattern->kind == IDENTITY_PATTERN_EXACT)
        return identity_equal(suffix, id);
    if (pattern->kind == IDENTITY_PATTERN_NAME)
        return id->type == IDENTITY_DN &&
               distinguished_name_fits(bytes_of(suffix->data, suffix->n), bytes_of(id->data, id->n));
    if (id->type != suffix->type || id->n <= suffix->n)
        return false;
    tail = tail_of(id, suffix->n);
    return is_sound_head(id, id->n - (size_t)suffix->n) && identity_equal(suffix, &tail);
}

char *identity_pattern_format(const struct identity_pattern *pattern, char *out, size_t out_size)
{
    struct identity id = pattern->identity;

    if (pattern->kind == IDENTITY_PATTERN_ANY) {
        snprintf(out, out_size, "any");
        return out;
    }
    if (pattern->kind == IDENTITY_PATTERN_SUFFIX && id.n < sizeof(id.data)) {
        memmove(id.data + 1, id.data, id.n);
        id.data[0] = '*';
        id.n++;
    }
    return identity_format(&id, out, out_size);
}
