#include "pki-d/alt_name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DNS_MAX_BYTES   253 // RFC 1035 2.3.4
#define LABEL_MAX_BYTES 63
#define EMAIL_MAX_BYTES 254 // RFC 5321 4.5.3.1.3

enum kind { KIND_DNS, KIND_IP, KIND_EMAIL };

static const char *const prefixes[] = {[KIND_DNS] = "dns:", [KIND_IP] = "ip:", [KIND_EMAIL] = "email:"};

static bool is_address(const char *text)
{
    uint8_t binary[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, binary) == 1 || inet_pton(AF_INET6, text, binary) == 1;
}

static enum kind read_prefix(const char **text)
{
    for (enum kind kind = KIND_DNS; kind <= KIND_EMAIL; kind++) {
        size_t n = strlen(prefixes[kind]);
        if (strncasecmp(*text, prefixes[kind], n) == 0) {
            *text += n;
            return kind;
        }
    }
    return is_address(*text) ? KIND_IP : strchr(*text, '@') ? KIND_EMAIL : KIND_DNS;
}

// Letters, digits, '-' and '_' in labels; "*" as the whole first label.
static bool is_dns_name(const char *text)
{
    size_t label = 0;

    if (strlen(text) > DNS_MAX_BYTES)
        return false;
    if (strncmp(text, "*.", 2) == 0)
        text += 2;
    for (const char *p = text; *p; p++) {
        if (*p == '.') {
            if (label == 0 || p[-1] == '-')
                return false;
            label = 0;
        } else if ((!isalnum((uint8_t)*p) && *p != '_' && (*p != '-' || label == 0)) || ++label > LABEL_MAX_BYTES) {
            return false;
        }
    }
    return label > 0 && text[strlen(text) - 1] != '-';
}

static bool is_email(const char *text)
{
    const char *at = strrchr(text, '@');

    if (!at || at == text || strlen(text) > EMAIL_MAX_BYTES || !is_dns_name(at + 1))
        return false;
    for (const char *p = text; p < at; p++)
        if (*p <= ' ' || *p == 0x7f || *p == '@') // RFC 5280 4.2.1.6: ASCII
            return false;
    return true;
}

const char *alt_name_normalize(const char *text, char ret_name[ALT_NAME_MAX_BYTES])
{
    enum kind kind = read_prefix(&text);

    if (kind == KIND_IP && !is_address(text))
        return "not an address, as \"ip:192.0.2.1\" or \"ip:2001:db8::1\"";
    if (kind == KIND_EMAIL && !is_email(text))
        return "not an e-mail address in ASCII, as \"email:a@example.com\"";
    if (kind == KIND_DNS && !is_dns_name(text))
        return "not a DNS name, as \"dns:vpn.example\" (others than ASCII in their xn-- form)";
    snprintf(ret_name, ALT_NAME_MAX_BYTES, "%s%s", prefixes[kind], text);
    return "";
}

static bool set_text(GENERAL_NAME *name, int type, const char *text)
{
    ASN1_IA5STRING *string = ASN1_IA5STRING_new();

    if (!string || ASN1_STRING_set(string, text, -1) != 1) {
        ASN1_IA5STRING_free(string);
        return false;
    }
    GENERAL_NAME_set0_value(name, type, string);
    return true;
}

static bool set_address(GENERAL_NAME *name, const char *text)
{
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);

    if (address)
        GENERAL_NAME_set0_value(name, GEN_IPADD, address);
    return address;
}

static GENERAL_NAME *encode_one(const char *text)
{
    enum kind kind = read_prefix(&text);
    GENERAL_NAME *name = GENERAL_NAME_new();

    if (!name)
        return NULL;
    if (kind == KIND_IP ? set_address(name, text) : set_text(name, kind == KIND_DNS ? GEN_DNS : GEN_EMAIL, text))
        return name;
    GENERAL_NAME_free(name);
    return NULL;
}

GENERAL_NAMES *alt_name_encode(char *const *names, size_t n)
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();

    for (size_t i = 0; list && i < n; i++) {
        GENERAL_NAME *name = encode_one(names[i]);
        if (!name || sk_GENERAL_NAME_push(list, name) == 0) {
            GENERAL_NAME_free(name);
            GENERAL_NAMES_free(list);
            return NULL;
        }
    }
    return list;
}
