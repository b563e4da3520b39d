// The store: an SQLite file (WAL, full sync) in which every secret and private key is sealed under the master key.
// Names and certificates are in clear. One process at a time holds it. Certificates: store_certificate.h and its
// neighbours.
#ifndef BULKHEAD_PKI_STORE_H
#define BULKHEAD_PKI_STORE_H

#include "lib/core/bytes.h"
#include "pki-d/master_key.h"

struct store;

#define STORE_ERROR_MAX 512

// Opens FOLDER/store.db or makes it. The key is copied. On failure a negative errno, and one line in ret_error
// (STORE_ERROR_MAX) that says what to do: damaged file, master key that does not fit, in use by another process, newer
// layout.
int store_open(const char *folder, const struct master_key *key, struct store **ret_store, char *ret_error);
// NULL is taken.
void store_close(struct store *store);

// One operation: all of what is done in between, or nothing. store_end commits when r is 0 and what it returns is 0,
// too; else it takes everything back and returns r, or -EIO. -EIO of store_begin: nothing may be done.
int store_begin(struct store *store);
int store_end(struct store *store, int r);

// All of these return -EIO for what the file system or SQLite refuses. What they did is on disk when they return.

// 1-64 of letters, digits, '-', '_' and '.'.
bool store_name_is_valid(struct bytes name);
// Adds or replaces. -EINVAL: bad name, or value not 1-1,024 bytes.
int store_set(struct store *store, struct bytes name, struct bytes value);
// -ENOENT.
int store_delete(struct store *store, struct bytes name);
// 1: there is one of that name; 0: there is none.
int store_has(struct store *store, struct bytes name);
// *ret_n bytes into ret_value, which takes PKI_SECRET_MAX_BYTES; the caller wipes it. -ENOENT; -EBADMSG: damaged.
int store_get(struct store *store, struct bytes name, uint8_t *ret_value, size_t *ret_n);
// Calls on_name for each name over `after` (all: empty), in byte order; stops when it does not return 0, and returns
// that.
int store_list(struct store *store, struct bytes after, int (*on_name)(void *arg, const char *name), void *arg);

#endif
