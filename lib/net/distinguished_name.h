// Distinguished names: DER as certificates and IKE identities of type 9 have it (RFC 5280 4.1.2.4), text as people
// write it (RFC 4514: "CN=gw1,O=Example", the last part of the DER first), and when two of them are the same.
#ifndef BULKHEAD_NET_DISTINGUISHED_NAME_H
#define BULKHEAD_NET_DISTINGUISHED_NAME_H

#include "lib/core/bytes.h"

#define DISTINGUISHED_NAME_ATTRIBUTES_MAX 32

struct distinguished_name_attribute {
    struct bytes type;  // content of its OBJECT IDENTIFIER
    struct bytes value; // content
    uint8_t tag;        // of the value, enum der_tag
    bool joins;         // belongs to the same RDN as the one before
};

// In the order of the DER; views point into it.
struct distinguished_name {
    size_t n;
    struct distinguished_name_attribute attributes[DISTINGUISHED_NAME_ATTRIBUTES_MAX];
};

// A Name in DER and nothing behind it; one without attributes is none. -EBADMSG, -E2BIG: too many attributes.
int distinguished_name_parse(struct bytes der, struct distinguished_name *ret_name);

// RFC 4514 text (also with blanks around ',' '+' '=', and values in quotes) as DER: PrintableString where the
// characters allow it, else UTF8String. With `allows_any` a value of a lone '*' stands for any value; in the DER it is
// a NULL. -EINVAL: not such a text, unknown attribute, or over size.
int distinguished_name_from_text(const char *text, bool allows_any, size_t size, uint8_t *ret_der, size_t *ret_n);
// As RFC 4514 text in plain ASCII, whatever it was in ("#" and hex digits when it can't be read, "*" for any value);
// cut short where out_size is too small. Returns out.
char *distinguished_name_format(struct bytes der, char *out, size_t out_size);

// The same attributes in the same order, or in exactly the opposite one (RFC 4514 turns the DER's order round, many
// tools do not). Strings are compared by what they say, whatever their type: without regard to the case of ASCII
// letters, and with runs of blanks as one (RFC 5280 7.1). Names that can't be read are equal to their own bytes alone.
bool distinguished_name_equal(struct bytes a, struct bytes b);
// As equal, with values of the pattern that stand for any.
bool distinguished_name_fits(struct bytes pattern, struct bytes name);
// The same for names that are equal.
uint64_t distinguished_name_hash(struct bytes der);

#endif
