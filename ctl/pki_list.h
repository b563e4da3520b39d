// All certificates that a list asks for, page by page.
#ifndef BULKHEAD_CTL_PKI_LIST_H
#define BULKHEAD_CTL_PKI_LIST_H

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "ctl/invocation.h"

struct pki_list {
    ProtobufCMessage **pages; // of ListCertificatesResponse
    size_t pages_n;
    Bulkhead__V1__Certificate **certificates; // of all pages, lent from them
    size_t n;
};

// Asks until there are no more; `request` gets the pages' tokens. What fails is said.
enum exit_code pki_list_fetch(const struct invocation *inv, Bulkhead__V1__ListCertificatesRequest *request,
                              struct pki_list *ret_list);
void pki_list_done(struct pki_list *list);
// As one ListCertificatesResponse.
enum exit_code pki_list_print_json(const struct invocation *inv, const struct pki_list *list);

#endif
