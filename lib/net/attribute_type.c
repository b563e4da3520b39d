#include "lib/net/attribute_type.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/net/der.h"

#define AT(number)                                                                                                     \
    3,                                                                                                                 \
    {                                                                                                                  \
        0x55, 0x04, number                                                                                             \
    } // 2.5.4.number
#define PILOT(number)                                                                                                  \
    10,                                                                                                                \
    {                                                                                                                  \
        0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, number                                                   \
    } // RFC 4519
#define PKCS9(number)                                                                                                  \
    9,                                                                                                                 \
    {                                                                                                                  \
        0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, number                                                         \
    } // RFC 2985

// Of several names of one type the first is the one that is printed. "SN" and "S" are not read: they mean a surname to
// one tool, and a serial number or a state to the next.
static const struct known {
    const char *name;
    uint8_t tag;
    struct attribute_type type;
} known_types[] = {
    {"CN", 0, {AT(3)}},
    {"commonName", 0, {AT(3)}},
    {"surname", 0, {AT(4)}},
    {"serialNumber", DER_PRINTABLE_STRING, {AT(5)}},
    {"C", DER_PRINTABLE_STRING, {AT(6)}},
    {"countryName", DER_PRINTABLE_STRING, {AT(6)}},
    {"L", 0, {AT(7)}},
    {"localityName", 0, {AT(7)}},
    {"ST", 0, {AT(8)}},
    {"stateOrProvinceName", 0, {AT(8)}},
    {"street", 0, {AT(9)}},
    {"O", 0, {AT(10)}},
    {"organizationName", 0, {AT(10)}},
    {"OU", 0, {AT(11)}},
    {"organizationalUnitName", 0, {AT(11)}},
    {"title", 0, {AT(12)}},
    {"description", 0, {AT(13)}},
    {"postalCode", 0, {AT(17)}},
    {"name", 0, {AT(41)}},
    {"givenName", 0, {AT(42)}},
    {"GN", 0, {AT(42)}},
    {"initials", 0, {AT(43)}},
    {"generationQualifier", 0, {AT(44)}},
    {"dnQualifier", DER_PRINTABLE_STRING, {AT(46)}},
    {"pseudonym", 0, {AT(65)}},
    {"UID", 0, {PILOT(1)}},
    {"DC", DER_IA5_STRING, {PILOT(25)}},
    {"emailAddress", DER_IA5_STRING, {PKCS9(1)}},
    {"E", DER_IA5_STRING, {PKCS9(1)}},
    {"unstructuredName", 0, {PKCS9(2)}},
    {"unstructuredAddress", 0, {PKCS9(8)}},
};
#define KNOWN_TYPES (sizeof(known_types) / sizeof(known_types[0]))

// X.690 8.19: seven bits a byte, the first one of all but the last set.
static int put_arc(struct attribute_type *type, uint32_t arc)
{
    int shift = 28;

    while (shift > 0 && arc >> shift == 0)
        shift -= 7;
    for (; shift >= 0; shift -= 7) {
        if (type->n == sizeof(type->oid))
            return -EINVAL;
        type->oid[type->n++] = (uint8_t)((arc >> shift & 0x7f) | (shift ? 0x80 : 0));
    }
    return 0;
}

// Decimal without leading zeros, up to 2^31.
static int read_arc(struct reader *r, uint32_t *ret_arc)
{
    uint32_t arc = 0;
    size_t digits = 0;

    for (; r->left && *r->p >= '0' && *r->p <= '9'; r->p++, r->left--, digits++) {
        if (arc > (INT32_MAX - 9) / 10 || (digits && !arc))
            return -EINVAL;
        arc = arc * 10 + (uint32_t)(*r->p - '0');
    }
    if (!digits)
        return -EINVAL;
    *ret_arc = arc;
    return 0;
}

static int parse_numbers(struct reader r, struct attribute_type *ret_type)
{
    struct attribute_type type = {0};
    uint32_t arc, first = 0;
    uint8_t dot;

    for (size_t i = 0; i == 0 || reader_left(&r); i++) {
        if (i && (reader_u8(&r, &dot) || dot != '.'))
            return -EINVAL;
        if (read_arc(&r, &arc) < 0 || (i == 0 && arc > 2) || (i == 1 && first < 2 && arc > 39))
            return -EINVAL;
        if (i == 0)
            first = arc;
        else if (put_arc(&type, i == 1 ? first * 40 + arc : arc) < 0)
            return -EINVAL;
    }
    if (type.n == 0)
        return -EINVAL;
    *ret_type = type;
    return 0;
}

int attribute_type_parse(struct bytes text, struct attribute_type *ret_type)
{
    struct reader r = reader_of(text);

    for (size_t i = 0; i < KNOWN_TYPES; i++)
        if (strlen(known_types[i].name) == text.n &&
            strncasecmp(known_types[i].name, (const char *)text.p, text.n) == 0) {
            *ret_type = known_types[i].type;
            return 0;
        }
    if (text.n > 4 && strncasecmp((const char *)text.p, "OID.", 4) == 0)
        (void)reader_skip(&r, 4);
    return parse_numbers(r, ret_type);
}

static size_t print_arc(char *out, size_t out_size, bool is_first, uint32_t arc)
{
    uint32_t first = arc < 80 ? arc / 40 : 2;
    int n = is_first ? snprintf(out, out_size, "%u.%u", first, arc - first * 40) : snprintf(out, out_size, ".%u", arc);

    return n > 0 ? (size_t)n : 0;
}

static void format_numbers(struct bytes oid, char *out, size_t out_size)
{
    uint32_t arc = 0;
    bool is_first = true;
    size_t n = 0;

    for (size_t i = 0; i < oid.n && n < out_size; i++) {
        arc = arc << 7 | (oid.p[i] & 0x7f);
        if (oid.p[i] & 0x80)
            continue;
        n += print_arc(out + n, out_size - n, is_first, arc);
        is_first = false;
        arc = 0;
    }
}

char *attribute_type_format(struct bytes oid, char *out, size_t out_size)
{
    snprintf(out, out_size, "?");
    for (size_t i = 0; i < KNOWN_TYPES; i++)
        if (bytes_equal(oid, bytes_of(known_types[i].type.oid, known_types[i].type.n))) {
            snprintf(out, out_size, "%s", known_types[i].name);
            return out;
        }
    format_numbers(oid, out, out_size);
    return out;
}

uint8_t attribute_type_tag(const struct attribute_type *type)
{
    for (size_t i = 0; i < KNOWN_TYPES; i++)
        if (bytes_equal(bytes_of(type->oid, type->n), bytes_of(known_types[i].type.oid, known_types[i].type.n)))
            return known_types[i].tag;
    return 0;
}
