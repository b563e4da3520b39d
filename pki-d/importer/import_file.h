// Files that administrators bring: PEM (any number of certificates, at most one key, encrypted or not, in the form of
// PKCS#8 or the older ones), and DER of a certificate, a PKCS#12 or a key.
#ifndef BULKHEAD_PKI_IMPORTER_IMPORT_FILE_H
#define BULKHEAD_PKI_IMPORTER_IMPORT_FILE_H

#include "lib/core/bytes.h"
#include "pki-d/importer/import_material.h"
#include "pki-d/importer/passphrase.h"

#define IMPORT_FILE_MAX_BYTES 49152u

// Adds what the file holds. -EBADMSG with material->reason: damaged, of no known kind, encrypted and no passphrase
// given, or the passphrase is wrong.
int import_file_read(struct bytes data, struct passphrase *passphrase, struct import_material *material);

#endif
