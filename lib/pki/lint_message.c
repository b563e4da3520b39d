#include "lib/pki/lint_message.h"

#include <stdlib.h>
#include <string.h>

#define KEY(name)     BULKHEAD__V1__KEY_TYPE__KEY_TYPE_##name
#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name

static Bulkhead__V1__LintFinding *message_of(const struct lint_finding *finding)
{
    Bulkhead__V1__LintFinding *message = malloc(sizeof(*message));

    if (!message)
        return NULL;
    bulkhead__v1__lint_finding__init(message);
    message->severity = finding->severity == LINT_SEVERITY_ERROR
                            ? BULKHEAD__V1__LINT_FINDING__SEVERITY__SEVERITY_ERROR
                            : BULKHEAD__V1__LINT_FINDING__SEVERITY__SEVERITY_WARNING;
    message->client = strdup(finding->client);
    message->rule = strdup(finding->rule);
    message->message = strdup(finding->message);
    if (!message->client || !message->rule || !message->message) {
        bulkhead__v1__lint_finding__free_unpacked(message, NULL);
        return NULL;
    }
    return message;
}

void lint_message_add(void *arg, const struct lint_finding *finding)
{
    struct lint_message_list *list = arg;
    Bulkhead__V1__LintFinding **longer = reallocarray(list->findings, list->n + 1, sizeof(Bulkhead__V1__LintFinding *));
    Bulkhead__V1__LintFinding *message;

    list->has_error = list->has_error || finding->severity == LINT_SEVERITY_ERROR;
    if (longer)
        list->findings = longer;
    message = longer ? message_of(finding) : NULL;
    if (message)
        list->findings[list->n++] = message;
    else
        list->out_of_memory = true;
}

void lint_message_list_done(struct lint_message_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        bulkhead__v1__lint_finding__free_unpacked(list->findings[i], NULL);
    free(list->findings);
    *list = (struct lint_message_list){0};
}

void lint_message_key(Bulkhead__V1__KeyType type, struct lint_facts *facts)
{
    static const struct {
        Bulkhead__V1__KeyType type;
        enum lint_key key;
        unsigned rsa_bits;
    } rows[] = {
        {KEY(RSA_2048), LINT_KEY_RSA, 2048}, {KEY(RSA_3072), LINT_KEY_RSA, 3072}, {KEY(RSA_4096), LINT_KEY_RSA, 4096},
        {KEY(EC_P256), LINT_KEY_EC_P256, 0}, {KEY(EC_P384), LINT_KEY_EC_P384, 0}, {KEY(EC_P521), LINT_KEY_EC_P521, 0},
        {KEY(ED25519), LINT_KEY_ED25519, 0},
    };

    facts->key = LINT_KEY_OTHER;
    facts->rsa_bits = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].type == type) {
            facts->key = rows[i].key;
            facts->rsa_bits = rows[i].rsa_bits;
        }
}

// Of a big-endian number without leading zeros.
static unsigned bits_of(const ProtobufCBinaryData *number)
{
    unsigned bits = (unsigned)number->len * 8;

    for (unsigned mask = 0x80; number->len && mask && !(number->data[0] & mask); mask >>= 1)
        bits--;
    return bits;
}

static void take_key(const Bulkhead__Internal__V1__PublicKey *key, struct lint_facts *facts)
{
    lint_message_key(key->type, facts);
    // RSA of a length that we don't make ourselves has no type of its own.
    if (key->n.len) {
        facts->key = LINT_KEY_RSA;
        facts->rsa_bits = bits_of(&key->n);
    }
}

void lint_message_facts(const Bulkhead__Internal__V1__CertificateFacts *message, struct lint_facts *ret_facts)
{
    struct lint_facts facts = {
        .common_name = message->subject_fields ? message->subject_fields->common_name : NULL,
        .alt_names = message->alt_names,
        .alt_names_n = message->n_alt_names,
        .signature_algorithm = message->signature_algorithm,
        .key_usage = message->key_usage,
        .extended_key_usage = message->extended_key_usage,
        .extended_key_usage_n = message->n_extended_key_usage,
        .is_authority = message->is_authority,
        .is_self_signed = message->is_self_signed,
        .has_subject_key_id = message->subject_key_id.len > 0,
        .has_authority_key_id = message->authority_key_id.len > 0,
        .not_before = message->not_before,
        .not_after = message->not_after,
    };

    if (message->key)
        take_key(message->key, &facts);
    *ret_facts = facts;
}

enum lint_purpose lint_message_purpose(Bulkhead__V1__CertificatePurpose purpose)
{
    switch (purpose) {
    case PURPOSE(CA):
        return LINT_PURPOSE_AUTHORITY;
    case PURPOSE(TLS_SERVER):
        return LINT_PURPOSE_SERVER;
    case PURPOSE(TLS_CLIENT):
        return LINT_PURPOSE_CLIENT;
    case PURPOSE(SITE):
        return LINT_PURPOSE_SITE;
    default:
        return LINT_PURPOSE_GUESS;
    }
}
