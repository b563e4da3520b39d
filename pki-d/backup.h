// Backup and restore of the whole store as one encrypted file, in pages: what api-d asks, and the state between pages.
#ifndef BULKHEAD_PKI_BACKUP_H
#define BULKHEAD_PKI_BACKUP_H

#include "lib/daemon/daemon.h"

// The file that is being fetched, and the one that is being brought.
struct backup {
    uint64_t id; // of the file that is fetched; 0: none
    uint8_t *file;
    size_t file_n;
    uint64_t generation;
    uint8_t *brought;
    size_t brought_n;
};

void backup_done(struct backup *backup);

ipc_handler_fn backup_on_backup, backup_on_restore;

#endif
