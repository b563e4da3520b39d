// The passphrase of a file, as a C string that OpenSSL's callbacks can be given.
#ifndef BULKHEAD_PKI_IMPORTER_PASSPHRASE_H
#define BULKHEAD_PKI_IMPORTER_PASSPHRASE_H

#include "lib/core/bytes.h"

#define PASSPHRASE_MAX_BYTES 1024

struct passphrase {
    bool is_given;
    char text[PASSPHRASE_MAX_BYTES + 1];
};

// Empty bytes: none is given. False: too long, or with a NUL inside.
bool passphrase_set(struct passphrase *passphrase, struct bytes value);
void passphrase_wipe(struct passphrase *passphrase);

// A pem_password_cb; arg is a struct passphrase.
int passphrase_callback(char *out, int out_size, int is_written, void *passphrase);

#endif
