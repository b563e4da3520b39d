#include "pki-d/verifier/peer_identity.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/identity_pattern.h"
#include "pki-d/verifier/certificate_name.h"

static int general_type(enum identity_type type)
{
    switch (type) {
    case IDENTITY_FQDN:
        return GEN_DNS;
    case IDENTITY_EMAIL:
        return GEN_EMAIL;
    case IDENTITY_IPV4:
    case IDENTITY_IPV6:
        return GEN_IPADD;
    default:
        return -1;
    }
}

static bool is_alternative(X509 *certificate, const struct identity *id)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
        int type;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        struct identity other;

        if (type != general_type(id->type))
            continue;
        found = identity_from_wire((uint8_t)id->type,
                                   bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)),
                                   &other) == 0 &&
                identity_equal(id, &other);
    }
    GENERAL_NAMES_free(names);
    return found;
}

static bool is_subject(const X509 *certificate, const struct identity *id)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const uint8_t *p = id->data;
    X509_NAME *name = d2i_X509_NAME(NULL, &p, id->n);
    bool equal =
        name && p == id->data + id->n && X509_NAME_entry_count(subject) > 0 && X509_NAME_cmp(name, subject) == 0;

    X509_NAME_free(name);
    ERR_clear_error();
    return equal;
}

// A distinguished name as text, others as they are written in a configuration.
static void describe(const struct identity *id, char *out, size_t out_size)
{
    const uint8_t *p = id->data;
    X509_NAME *name = id->type == IDENTITY_DN ? d2i_X509_NAME(NULL, &p, id->n) : NULL;
    char *text = name ? certificate_name_text(name) : NULL;

    if (text)
        snprintf(out, out_size, "dn:%s", text);
    else
        identity_format(id, out, out_size);
    free(text);
    X509_NAME_free(name);
    ERR_clear_error();
}

// The first names that it holds: "dns:gw.example, ip:192.0.2.1, dn:CN=gw".
static void list_names(X509 *certificate, char *out, size_t out_size)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    char *subject = certificate_name_text(X509_get_subject_name(certificate));
    size_t at = 0;

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < 3; i++) {
        char *text = NULL;

        if (certificate_name_alternative(sk_GENERAL_NAME_value(names, i), &text) == 0 && text && at < out_size)
            at += (size_t)snprintf(out + at, out_size - at, "%.60s, ", text);
        free(text);
    }
    if (at < out_size)
        snprintf(out + at, out_size - at, "dn:%.80s", subject && *subject ? subject : "(empty)");
    free(subject);
    GENERAL_NAMES_free(names);
}

static bool is_in_certificate(X509 *certificate, const struct identity *id)
{
    if (id->type == IDENTITY_DN)
        return is_subject(certificate, id);
    return general_type(id->type) >= 0 && is_alternative(certificate, id);
}

static bool check_expected(const char *shown, const struct identity *id, const char *remote_id,
                           struct verdict *ret_verdict)
{
    struct identity_pattern pattern;

    if (identity_pattern_parse(remote_id, &pattern) < 0)
        return verdict_refuse(ret_verdict, VERDICT(WRONG_IDENTITY), "the tunnel's remote id %.100s can't be read",
                              remote_id);
    if (identity_pattern_fits(&pattern, id))
        return true;
    return verdict_refuse(ret_verdict, VERDICT(WRONG_IDENTITY),
                          "the peer is %.150s, which its certificate confirms; this tunnel expects %.150s", shown,
                          remote_id);
}

bool peer_identity_check(X509 *certificate, const struct identity *id, const char *remote_id,
                         struct verdict *ret_verdict)
{
    char shown[IDENTITY_TEXT_MAX], name[160], holds[240];

    describe(id, shown, sizeof(shown));
    if (!is_in_certificate(certificate, id)) {
        list_names(certificate, holds, sizeof(holds));
        return verdict_refuse(ret_verdict, VERDICT(WRONG_IDENTITY),
                              "the peer says that it is %.100s, but %s holds %s; set its own id to one of these", shown,
                              certificate_name_describe(certificate, name, sizeof(name)), holds);
    }
    return !*remote_id || check_expected(shown, id, remote_id, ret_verdict);
}
