// The whole store as bytes, with the master key that it is sealed under in front: to be encrypted at once. And the way
// back, as one transaction.
#ifndef BULKHEAD_PKI_STORE_IMAGE_H
#define BULKHEAD_PKI_STORE_IMAGE_H

#include "pki-d/store.h"

// For store_image_free. -ENOMEM, -EFBIG (over STORE_IMAGE_MAX_BYTES), -EIO.
#define STORE_IMAGE_MAX_BYTES (1u << 30)
int store_image_make(struct store *store, uint8_t **ret_image, size_t *ret_n);
// Wipes. NULL is taken.
void store_image_free(uint8_t *image, size_t n);

struct store_image_count {
    uint32_t secrets;
    uint32_t certificates;
};

int store_image_count(struct store *store, struct store_image_count *ret_count);

// Within a transaction of store_image_attach's: everything becomes what the image holds, sealed under the own master
// key, but for the audit log, which keeps its records beside the image's, and for what the same authorities have issued
// and revoked since, which stays (a restored backup revives no revoked certificate). -EPROTONOSUPPORT: another layout;
// -EBADMSG: not whole.
int store_image_restore(struct store *store, struct store_image_count *ret_count);
// Before and after the transaction. The image is copied, and let go of by detach.
int store_image_attach(struct store *store, struct bytes image);
void store_image_detach(struct store *store);

#endif
