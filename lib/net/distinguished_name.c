#include "lib/net/distinguished_name.h"

#include <errno.h>

#include "lib/net/der.h"
#include "lib/net/directory_string.h"

// AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
static int parse_attribute(struct reader *set, struct distinguished_name_attribute *ret_attribute)
{
    struct distinguished_name_attribute a = {0};
    struct reader pair;
    uint8_t tag;

    if (der_enter(set, DER_SEQUENCE, &pair) || der_read(&pair, &tag, &a.type) || tag != DER_OID || a.type.n == 0 ||
        der_read(&pair, &a.tag, &a.value) || reader_left(&pair))
        return -EBADMSG;
    *ret_attribute = a;
    return 0;
}

// RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue
static int parse_rdn(struct reader *names, struct distinguished_name *name)
{
    struct reader set;
    bool joins = false;

    if (der_enter(names, DER_SET, &set) || !reader_left(&set))
        return -EBADMSG;
    for (; reader_left(&set); joins = true, name->n++) {
        if (name->n == DISTINGUISHED_NAME_ATTRIBUTES_MAX)
            return -E2BIG;
        if (parse_attribute(&set, &name->attributes[name->n]) < 0)
            return -EBADMSG;
        name->attributes[name->n].joins = joins;
    }
    return 0;
}

int distinguished_name_parse(struct bytes der, struct distinguished_name *ret_name)
{
    struct reader whole = reader_of(der), names;
    int error = 0;

    ret_name->n = 0;
    if (der_enter(&whole, DER_SEQUENCE, &names) || reader_left(&whole) || !reader_left(&names))
        return -EBADMSG;
    while (error == 0 && reader_left(&names))
        error = parse_rdn(&names, ret_name);
    return error;
}

static bool attribute_fits(const struct distinguished_name_attribute *wanted,
                           const struct distinguished_name_attribute *found, bool allows_any)
{
    return bytes_equal(wanted->type, found->type) &&
           ((allows_any && wanted->tag == DER_NULL) ||
            directory_string_equal(wanted->tag, wanted->value, found->tag, found->value));
}

// How many attributes the RDN has that begins at `first`.
static size_t rdn_size(const struct distinguished_name *name, size_t first)
{
    size_t n = 1;

    while (first + n < name->n && name->attributes[first + n].joins)
        n++;
    return n;
}

// A SET has no order: each attribute of the one must find another one in the other.
static bool rdn_fits(const struct distinguished_name_attribute *wanted,
                     const struct distinguished_name_attribute *found, size_t n, bool allows_any)
{
    uint32_t used = 0;

    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < n && ((used & 1u << k) || !attribute_fits(&wanted[i], &found[k], allows_any)))
            k++;
        if (k == n)
            return false;
        used |= 1u << k;
    }
    return true;
}

static bool fits_forwards(const struct distinguished_name *wanted, const struct distinguished_name *found,
                          bool allows_any)
{
    size_t n;

    for (size_t i = 0; i < wanted->n; i += n) {
        n = rdn_size(wanted, i);
        if (rdn_size(found, i) != n || !rdn_fits(&wanted->attributes[i], &found->attributes[i], n, allows_any))
            return false;
    }
    return true;
}

static bool fits_backwards(const struct distinguished_name *wanted, const struct distinguished_name *found,
                           bool allows_any)
{
    size_t n;

    for (size_t i = 0; i < wanted->n; i += n) {
        size_t at;

        n = rdn_size(wanted, i);
        if (n > found->n - i)
            return false;
        at = found->n - i - n;
        if (found->attributes[at].joins || rdn_size(found, at) != n ||
            !rdn_fits(&wanted->attributes[i], &found->attributes[at], n, allows_any))
            return false;
    }
    return true;
}

static bool compare(struct bytes wanted_der, struct bytes found_der, bool allows_any)
{
    struct distinguished_name wanted, found;

    if (distinguished_name_parse(wanted_der, &wanted) < 0 || distinguished_name_parse(found_der, &found) < 0)
        return bytes_equal(wanted_der, found_der);
    return wanted.n == found.n &&
           (fits_forwards(&wanted, &found, allows_any) || fits_backwards(&wanted, &found, allows_any));
}

bool distinguished_name_equal(struct bytes a, struct bytes b)
{
    return compare(a, b, false);
}

bool distinguished_name_fits(struct bytes pattern, struct bytes name)
{
    return compare(pattern, name, true);
}

// FNV-1a.
static uint64_t hash_bytes(uint64_t hash, struct bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        hash = (hash ^ b.p[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_attribute(const struct distinguished_name_attribute *a)
{
    uint8_t buffer[DIRECTORY_STRING_UTF8_MAX];
    struct writer w = writer_of(buffer, sizeof(buffer));
    uint64_t hash = hash_bytes(0xcbf29ce484222325u, a->type);
    bool is_string = directory_string_prepare(a->tag, a->value, &w);

    return hash_bytes(hash, is_string ? writer_view(&w) : a->value);
}

uint64_t distinguished_name_hash(struct bytes der)
{
    struct distinguished_name name;
    uint64_t hash = 0;

    if (distinguished_name_parse(der, &name) < 0)
        return hash_bytes(0, der);
    for (size_t i = 0; i < name.n; i++)
        hash += hash_attribute(&name.attributes[i]); // a sum has no order either
    return hash;
}
