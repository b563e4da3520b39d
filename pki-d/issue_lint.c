#include <errno.h>
#include <string.h>

#include "pki-d/issue.h"
#include "pki-d/usage.h"

static uint32_t usage_of_info(const Bulkhead__V1__Certificate *info)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < info->n_key_usage; i++)
        for (unsigned bit = 0; bit < USAGE_BITS; bit++)
            if (strcmp(info->key_usage[i], usage_bit_name(bit)) == 0)
                bits |= 1u << bit;
    return bits;
}

int issue_lint(struct operation *op, const struct issue_lint *lint, struct lint_message_list *ret_findings)
{
    const Bulkhead__V1__Certificate *info = lint->info;
    struct lint_facts facts = {
        .purpose = lint->purpose,
        .common_name = lint->common_name,
        .alt_names = info->alt_names,
        .alt_names_n = info->n_alt_names,
        .signature_algorithm = lint->x509 ? OBJ_nid2sn(X509_get_signature_nid(lint->x509)) : NULL,
        .key_usage = usage_of_info(info),
        .extended_key_usage = info->extended_key_usage,
        .extended_key_usage_n = info->n_extended_key_usage,
        .is_authority = info->is_authority,
        .is_self_signed = strcmp(info->subject, info->issuer_subject) == 0,
        .has_subject_key_id = true,
        .has_authority_key_id = true,
        .not_before = info->not_before->seconds,
        .not_after = info->not_after->seconds,
        .dialled = lint->dialled,
        .dialled_n = lint->dialled_n,
        .now = op->now,
    };
    size_t unknown = 0;

    facts.clients = lint_profile_find_all(lint->clients, lint->clients_n, &unknown);
    if (facts.clients == 0)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "%s[%zu]: \"%.40s\": one of " LINT_CLIENT_NAMES,
                                lint->path, unknown, lint->clients[unknown]);
    lint_message_key(lint->key_type, &facts);
    *ret_findings = (struct lint_message_list){.n = 0};
    lint_certificate(&facts, lint_message_add, ret_findings);
    if (!ret_findings->out_of_memory)
        return 0;
    lint_message_list_done(ret_findings);
    return -ENOMEM;
}
