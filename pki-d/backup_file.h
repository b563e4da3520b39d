// A backup as it lies elsewhere: everything under a key that comes from a passphrase (scrypt, RFC 7914; AES-256-GCM).
//
//     "BULKHEAD-BACKUP-1\n" | log2 N | r | p | salt (16) | nonce (12) | ciphertext | tag (16)
//
// What is encrypted: the store's master key, then the store's image. The head is authenticated, too.
#ifndef BULKHEAD_PKI_BACKUP_FILE_H
#define BULKHEAD_PKI_BACKUP_FILE_H

#include "lib/core/bytes.h"

#define BACKUP_FILE_PASSPHRASE_MIN       12 // characters
#define BACKUP_FILE_PASSPHRASE_MAX_BYTES 256

enum backup_file_result {
    BACKUP_FILE_OK,
    BACKUP_FILE_FOREIGN, // no backup of ours, or of a newer version
    BACKUP_FILE_REFUSED, // wrong passphrase, or damaged: which of them can't be told
    BACKUP_FILE_FAILED,  // memory or library
};

// Both take some tenths of a second and 64 MiB: not for the loop's thread. The result is for free(); where it holds the
// image in clear it must be wiped first.
enum backup_file_result backup_file_seal(struct bytes passphrase, struct bytes image, uint8_t **ret_file,
                                         size_t *ret_n);
enum backup_file_result backup_file_open(struct bytes passphrase, struct bytes file, uint8_t **ret_image,
                                         size_t *ret_n);

#endif
