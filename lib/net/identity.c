#include "lib/net/identity.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/net/distinguished_name.h"

static int set(struct identity *id, enum identity_type type, struct bytes data)
{
    if (data.n == 0 || data.n > sizeof(id->data))
        return -EINVAL;
    *id = (struct identity){.type = type, .n = (uint16_t)data.n};
    memcpy(id->data, data.p, data.n);
    return 0;
}

struct identity identity_of_address(const struct address *a)
{
    struct identity id = {0};

    if (a->family)
        set(&id, a->family == 4 ? IDENTITY_IPV4 : IDENTITY_IPV6, address_view(a));
    return id;
}

// Visible ASCII without spaces: what names and e-mail addresses are made of (A-labels for others).
static bool is_visible(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text > 0x7e)
            return false;
    return true;
}

static int parse_fqdn(const char *text, struct identity *ret_identity)
{
    if (!is_visible(text) || strchr(text, '@'))
        return -EINVAL;
    return set(ret_identity, IDENTITY_FQDN, bytes_of_str(text));
}

static int parse_email(const char *text, struct identity *ret_identity)
{
    const char *at = strchr(text, '@');

    if (!is_visible(text) || !at || at == text || !at[1] || strchr(at + 1, '@'))
        return -EINVAL;
    return set(ret_identity, IDENTITY_EMAIL, bytes_of_str(text));
}

static int parse_address(const char *text, uint8_t family, struct identity *ret_identity)
{
    struct address a;

    if (address_parse(text, &a) < 0 || a.family != family)
        return -EINVAL;
    *ret_identity = identity_of_address(&a);
    return 0;
}

static int parse_ipv4(const char *text, struct identity *ret_identity)
{
    return parse_address(text, 4, ret_identity);
}

static int parse_ipv6(const char *text, struct identity *ret_identity)
{
    return parse_address(text, 6, ret_identity);
}

static int parse_key_id(const char *text, struct identity *ret_identity)
{
    uint8_t data[IDENTITY_DATA_MAX];
    int n = bytes_from_hex(text, data, sizeof(data));

    return n < 0 ? -EINVAL : set(ret_identity, IDENTITY_KEY_ID, bytes_of(data, (size_t)n));
}

static int parse_name(const char *text, struct identity *ret_identity)
{
    struct identity id = {.type = IDENTITY_DN};
    size_t n;

    if (distinguished_name_from_text(text, false, sizeof(id.data), id.data, &n) < 0)
        return -EINVAL;
    id.n = (uint16_t)n;
    *ret_identity = id;
    return 0;
}

static const struct kind {
    const char *prefix;
    enum identity_type type;
    int (*parse)(const char *text, struct identity *ret_identity);
} kinds[] = {
    {"fqdn:", IDENTITY_FQDN, parse_fqdn},      {"email:", IDENTITY_EMAIL, parse_email},
    {"ipv4:", IDENTITY_IPV4, parse_ipv4},      {"ipv6:", IDENTITY_IPV6, parse_ipv6},
    {"keyid:", IDENTITY_KEY_ID, parse_key_id}, {"dn:", IDENTITY_DN, parse_name},
};

int identity_parse(const char *text, struct identity *ret_identity)
{
    struct address a;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strncasecmp(text, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return kinds[i].parse(text + strlen(kinds[i].prefix), ret_identity);
    if (address_parse(text, &a) == 0) {
        *ret_identity = identity_of_address(&a);
        return 0;
    }
    if (text[0] == '@')
        return parse_fqdn(text + 1, ret_identity);
    if (strchr(text, '=') && (!strchr(text, '@') || parse_name(text, ret_identity) == 0))
        return parse_name(text, ret_identity);
    return strchr(text, '@') ? parse_email(text, ret_identity) : parse_fqdn(text, ret_identity);
}

int identity_from_wire(uint8_t type, struct bytes data, struct identity *ret_identity)
{
    switch (type) {
    case IDENTITY_IPV4:
        return data.n == 4 ? set(ret_identity, IDENTITY_IPV4, data) : -EINVAL;
    case IDENTITY_IPV6:
        return data.n == 16 ? set(ret_identity, IDENTITY_IPV6, data) : -EINVAL;
    case IDENTITY_FQDN:
    case IDENTITY_EMAIL:
    case IDENTITY_DN:
    case IDENTITY_KEY_ID:
        return set(ret_identity, (enum identity_type)type, data);
    default:
        return -EINVAL;
    }
}

static void format_visible(struct bytes data, char *out, size_t out_size)
{
    size_t n = 0;

    for (size_t i = 0; i < data.n && n + 5 <= out_size; i++)
        if (data.p[i] > ' ' && data.p[i] <= 0x7e && data.p[i] != '\\')
            out[n++] = (char)data.p[i];
        else
            n += (size_t)snprintf(out + n, out_size - n, "\\x%02x", data.p[i]);
    out[n] = '\0';
}

char *identity_format(const struct identity *id, char *out, size_t out_size)
{
    struct bytes data = bytes_of(id->data, id->n);
    const char *prefix = "none";
    struct address a;
    int n;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].type == id->type)
            prefix = kinds[i].prefix;
    n = snprintf(out, out_size, "%s", prefix);
    if (n < 0 || (size_t)n >= out_size)
        return out;
    if (id->type == IDENTITY_FQDN || id->type == IDENTITY_EMAIL)
        format_visible(data, out + n, out_size - (size_t)n);
    else if (id->type == IDENTITY_DN)
        distinguished_name_format(data, out + n, out_size - (size_t)n);
    else if (id->type == IDENTITY_KEY_ID)
        bytes_to_hex(data, out + n, out_size - (size_t)n);
    else if (address_from_bytes(data, &a) == 0)
        address_format(&a, out + n, out_size - (size_t)n);
    return out;
}

static bool equal_ignoring_case(struct bytes a, struct bytes b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (tolower(a.p[i]) != tolower(b.p[i]))
            return false;
    return true;
}

// Where the part without regard to case starts: an e-mail address's local part is the mail system's business.
static size_t domain_offset(const struct identity *id)
{
    const uint8_t *at;

    if (id->type == IDENTITY_FQDN)
        return 0;
    if (id->type != IDENTITY_EMAIL)
        return id->n;
    at = memrchr(id->data, '@', id->n);
    return at ? (size_t)(at - id->data) : id->n;
}

bool identity_equal(const struct identity *a, const struct identity *b)
{
    size_t domain = domain_offset(a);

    if (a->type == IDENTITY_DN && b->type == IDENTITY_DN)
        return distinguished_name_equal(bytes_of(a->data, a->n), bytes_of(b->data, b->n));
    if (a->type != b->type || a->n != b->n || domain != domain_offset(b))
        return false;
    return bytes_equal(bytes_of(a->data, domain), bytes_of(b->data, domain)) &&
           equal_ignoring_case(bytes_of(a->data + domain, a->n - domain), bytes_of(b->data + domain, b->n - domain));
}
