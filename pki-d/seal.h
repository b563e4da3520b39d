// A value as it lies on disk: AES-256-GCM under the master key, a random nonce each time, the value's name as
// additional data so that two values can't be swapped in the file.
#ifndef BULKHEAD_PKI_SEAL_H
#define BULKHEAD_PKI_SEAL_H

#include "lib/core/bytes.h"
#include "pki-d/master_key.h"

#define SEAL_NONCE_BYTES    12
#define SEAL_TAG_BYTES      16
#define SEAL_OVERHEAD_BYTES (SEAL_NONCE_BYTES + SEAL_TAG_BYTES)

// nonce | ciphertext | tag into out, which takes value.n + SEAL_OVERHEAD_BYTES. -EIO when the library fails.
int seal_close(const struct master_key *key, struct bytes name, struct bytes value, uint8_t *ret_sealed);

// The reverse: sealed.n - SEAL_OVERHEAD_BYTES bytes into ret_value, which takes as many. -EBADMSG: not authentic
// (damaged, or another key or name); ret_value is wiped then.
int seal_open(const struct master_key *key, struct bytes name, struct bytes sealed, uint8_t *ret_value);

#endif
