// What the importer is asked: one import, of certificates or of a CRL. Then it ends, so that no other file meets a
// process that has seen a passphrase or a key.
#ifndef BULKHEAD_PKI_IMPORTER_IMPORTER_SERVICE_H
#define BULKHEAD_PKI_IMPORTER_IMPORTER_SERVICE_H

#include "lib/daemon/daemon.h"

// Requests that came while the first was under way; they are the successor's.
#define IMPORTER_WAITING_MAX 16

struct importer_service {
    struct ipc_request *request; // the one
    bool is_used;
    struct ipc_request *waiting[IMPORTER_WAITING_MAX];
    size_t waiting_n;
    ProtobufCMessage *crl_question; // a copy of our own while pki-d is asked for the authority
    uint32_t revoked;               // entries of the CRL
};

// daemon->self is a struct importer_service.
extern const struct ipc_handler importer_handlers[];

#endif
