// What pki-d answers ike-d about certificates: the tunnel's credential, and signatures.
#ifndef BULKHEAD_PKI_CREDENTIAL_SERVICE_H
#define BULKHEAD_PKI_CREDENTIAL_SERVICE_H

#include "lib/daemon/daemon.h"

ipc_handler_fn credential_service_get;
ipc_handler_fn credential_service_sign;

// Around the loop's life: signatures are told to the audit log by a timer, the last ones at the end.
int credential_service_start(struct daemon *daemon);
void credential_service_stop(struct daemon *daemon);

#endif
