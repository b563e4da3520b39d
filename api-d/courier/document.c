#include "api-d/courier/document.h"

#include <stdlib.h>
#include <string.h>

struct document *document_new(struct bytes data, uint64_t now_ms)
{
    struct document *document = malloc(sizeof(*document) + data.n);
    uint8_t digest[DIGEST_BYTES];

    if (!document || digest_of(&data, 1, digest) < 0) {
        free(document);
        return NULL;
    }
    *document = (struct document){.refs = 1, .made_ms = now_ms, .made = time(NULL), .n = data.n};
    memcpy(&document->version, digest, sizeof(document->version));
    if (data.n)
        memcpy(document->b, data.p, data.n);
    return document;
}

struct document *document_ref(struct document *document)
{
    document->refs++;
    return document;
}

void document_unref(struct document *document)
{
    if (document && --document->refs == 0)
        free(document);
}
