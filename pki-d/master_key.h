// The key that encrypts the store at rest: from systemd's credential "master-key" where there is one, else from a file
// of our own that is made at first start.
#ifndef BULKHEAD_PKI_MASTER_KEY_H
#define BULKHEAD_PKI_MASTER_KEY_H

#include <stdint.h>

#include "pki-d/pki_limits.h"

struct master_key {
    uint8_t b[PKI_MASTER_KEY_BYTES];
};

// Reads FOLDER/master-key, exactly 32 bytes. -ENOENT when it is not there, -EINVAL when it has another size.
int master_key_read_credential(const char *folder, struct master_key *ret_key);

// Reads FOLDER/master.key, or makes it (mode 0600, on disk before this returns). -EINVAL: wrong size; -EPERM: others
// may read it.
int master_key_load(const char *folder, struct master_key *ret_key);

void master_key_wipe(struct master_key *key);

#endif
