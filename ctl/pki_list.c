// bhctl pki ca list, pki cert list, show.
#include "ctl/pki_list.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/option.h"
#include "ctl/pki_print.h"
#include "lib/schema/wiping.h"

#define PAGE 1000

static bool add_page(struct pki_list *list, ProtobufCMessage *message)
{
    const Bulkhead__V1__ListCertificatesResponse *page = (const Bulkhead__V1__ListCertificatesResponse *)message;
    ProtobufCMessage **pages = reallocarray(list->pages, list->pages_n + 1, sizeof(*pages));
    Bulkhead__V1__Certificate **all;

    if (pages)
        list->pages = pages;
    all = reallocarray(list->certificates, list->n + page->n_certificates + 1, sizeof(*all));
    if (all)
        list->certificates = all;
    if (!pages || !all) {
        protobuf_c_message_free_unpacked(message, &wiping_allocator);
        return false;
    }
    pages[list->pages_n++] = message;
    for (size_t i = 0; i < page->n_certificates; i++)
        all[list->n++] = page->certificates[i];
    return true;
}

enum exit_code pki_list_fetch(const struct invocation *inv, Bulkhead__V1__ListCertificatesRequest *request,
                              struct pki_list *ret_list)
{
    struct invocation binary = *inv;
    struct pki_list list = {0};
    ProtobufCMessage *message;
    enum exit_code code;

    binary.binary = true;
    request->page_size = PAGE;
    do {
        code = invocation_call(&binary, "CertificateService/ListCertificates", &request->base,
                               &bulkhead__v1__list_certificates_response__descriptor, &message);
        if (code == EXIT_OK && !add_page(&list, message)) {
            invocation_complain(inv, "out of memory");
            code = EXIT_REFUSED;
        }
        if (code == EXIT_OK)
            request->page_token = ((Bulkhead__V1__ListCertificatesResponse *)message)->next_page_token;
    } while (code == EXIT_OK && request->page_token[0]);
    if (code == EXIT_OK)
        *ret_list = list;
    else
        pki_list_done(&list);
    return code;
}

void pki_list_done(struct pki_list *list)
{
    for (size_t i = 0; i < list->pages_n; i++)
        protobuf_c_message_free_unpacked(list->pages[i], &wiping_allocator);
    free(list->pages);
    free(list->certificates);
    *list = (struct pki_list){0};
}

enum exit_code pki_list_print_json(const struct invocation *inv, const struct pki_list *list)
{
    Bulkhead__V1__ListCertificatesResponse response = BULKHEAD__V1__LIST_CERTIFICATES_RESPONSE__INIT;

    response.certificates = list->certificates;
    response.n_certificates = list->n;
    return invocation_print_json(inv, &response.base);
}

// Prints what `request` asks for, as JSON or as a table.
static enum exit_code fetch_and_print(const struct invocation *inv, Bulkhead__V1__ListCertificatesRequest *request)
{
    struct pki_list list;
    enum exit_code code = pki_list_fetch(inv, request, &list);

    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = pki_list_print_json(inv, &list);
    else if (request->authorities)
        pki_print_authorities(inv, list.certificates, list.n);
    else
        pki_print_certificates(inv, list.certificates, list.n);
    pki_list_done(&list);
    return code;
}

enum exit_code pki_ca_list(const struct invocation *inv)
{
    Bulkhead__V1__ListCertificatesRequest request = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;

    request.authorities = true;
    return fetch_and_print(inv, &request);
}

enum exit_code pki_cert_list(const struct invocation *inv)
{
    Bulkhead__V1__ListCertificatesRequest request = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;
    int state;

    if (!option_number(inv, "expires", 1, 36500, &request.expires_within_days) ||
        !option_enum(inv, "state", &bulkhead__v1__certificate_state__descriptor, &state))
        return EXIT_USAGE;
    request.state = (Bulkhead__V1__CertificateState)state;
    request.issuer = option_field(inv, "ca");
    request.contains = option_field(inv, "contains");
    return fetch_and_print(inv, &request);
}

enum exit_code pki_cert_show(const struct invocation *inv)
{
    Bulkhead__V1__GetCertificateRequest request = BULKHEAD__V1__GET_CERTIFICATE_REQUEST__INIT;
    const Bulkhead__V1__GetCertificateResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code;

    request.name = (char *)(uintptr_t)inv->arg[0];
    code = invocation_call(inv, "CertificateService/GetCertificate", &request.base,
                           &bulkhead__v1__get_certificate_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__GetCertificateResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else if (answer->certificate)
        pki_print_certificate(inv, answer->certificate);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
