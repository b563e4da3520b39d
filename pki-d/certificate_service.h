// What pki-d answers about certificates: rows of service_handlers.
#ifndef BULKHEAD_PKI_CERTIFICATE_SERVICE_H
#define BULKHEAD_PKI_CERTIFICATE_SERVICE_H

#include "lib/daemon/daemon.h"
#include "pki-d/operation.h"

// Documents travel in pages of so much.
#define CERTIFICATE_SERVICE_PAGE_BYTES 49152

ipc_handler_fn certificate_service_create_authority, certificate_service_issue, certificate_service_sign_request,
    certificate_service_renew, certificate_service_revoke, certificate_service_delete, certificate_service_export,
    certificate_service_store_import, certificate_service_store_crl;
// Those that change nothing.
ipc_handler_fn certificate_service_list, certificate_service_get, certificate_service_lint, certificate_service_audit,
    certificate_service_get_crl, certificate_service_get_authority, certificate_service_sign_ocsp;

// An operation of that actor ("uid 0"; "": the daemon that asks). Actor and request are lent.
struct operation certificate_service_begin(struct daemon *daemon, const char *actor);
// Answers with the refusal, or that something failed here.
void certificate_service_fail(const struct operation *op, int r, struct ipc_request *request);

#endif
