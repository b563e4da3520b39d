// What pki-d answers the verifier: whom a tunnel trusts, and what became of certificates.
#ifndef BULKHEAD_PKI_TRUST_SERVICE_H
#define BULKHEAD_PKI_TRUST_SERVICE_H

#include "lib/ipc/node.h"

ipc_handler_fn trust_service_get;
ipc_handler_fn trust_service_status;

#endif
