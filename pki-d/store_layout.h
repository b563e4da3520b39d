// The store's tables, and how an older layout becomes the newest. What is sealed stays sealed.
#ifndef BULKHEAD_PKI_STORE_LAYOUT_H
#define BULKHEAD_PKI_STORE_LAYOUT_H

#include "pki-d/store_query.h"

#define STORE_LAYOUT 2 // PRAGMA user_version

// Makes the tables of a new file, or brings an older layout up to date, in one transaction. -EKEYREJECTED: sealed under
// another master key; -EPROTONOSUPPORT: a layout that is newer; -EIO.
int store_layout_load(struct store *store);
// -EKEYREJECTED or -EIO.
int store_layout_check_key(struct store *store);
// Seals the proof of the master key anew, within a transaction.
int store_layout_put_key_check(struct store *store);
// "ok" of PRAGMA quick_check; else -EIO.
int store_layout_check(sqlite3 *db);

#endif
