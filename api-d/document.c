#include "api-d/document.h"

#include <errno.h>
#include <string.h>

#include "api-d/api_limits.h"
#include "lib/core/wiping.h"
#include "lib/schema/base64.h"

#define PEM_COLUMNS 64u

int document_add(struct document *document, const ProtobufCBinaryData *page, uint32_t total)
{
    int err;

    if (total > API_DOCUMENT_MAX_BYTES)
        return -EFBIG;
    if (document->data.n > total || page->len > total - document->data.n || (!page->len && document->data.n < total))
        return -EBADMSG;
    err = buffer_append(&document->data, bytes_of(page->data, page->len));
    return err < 0 ? err : document->data.n == total;
}

void document_done(struct document *document)
{
    buffer_done(&document->data);
}

const char *document_error(int err)
{
    switch (err) {
    case -EFBIG:
        return "the document is over 60 MiB";
    case -EBADMSG:
        return "the document's pages do not fit together";
    default:
        return "out of memory";
    }
}

int document_to_pem(struct bytes der, const char *label, struct buffer *ret_pem)
{
    size_t n = base64_encoded_size(der.n);
    char *text = wiping_malloc(n + 1);
    struct buffer pem = {0};
    int err = -ENOMEM;

    if (text) {
        base64_encode(der, text);
        err = buffer_append_format(&pem, "-----BEGIN %s-----\n", label);
    }
    for (size_t i = 0; !err && i < n; i += PEM_COLUMNS) {
        size_t part = n - i < PEM_COLUMNS ? n - i : PEM_COLUMNS;

        err = buffer_append(&pem, bytes_of(text + i, part));
        err = err ? err : buffer_append_str(&pem, "\n");
    }
    err = err ? err : buffer_append_format(&pem, "-----END %s-----\n", label);
    wiping_free(text);
    if (err < 0)
        buffer_done(&pem);
    else
        *ret_pem = pem;
    return err;
}
