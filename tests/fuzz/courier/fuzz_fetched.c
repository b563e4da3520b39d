// A stranger's web server: its answer in pieces, whose size the first byte says.
#include "api-d/courier/fetched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fetched fetched;
    size_t piece = size ? 1u + data[0] : 1;
    bool more = true;

    fetched_init(&fetched);
    for (size_t at = 1; at < size && more; at += piece)
        more = fetched_feed(&fetched, bytes_of(data + at, size - at < piece ? size - at : piece));
    if (more && fetched_feed(&fetched, bytes_of(NULL, 0)))
        __builtin_trap(); // the end is the end
    if (fetched.complete == (fetched.fault != NULL) || fetched.body_n > COURIER_DOWNLOAD_MAX_BYTES)
        __builtin_trap();
    fetched_done(&fetched);
    return 0;
}
