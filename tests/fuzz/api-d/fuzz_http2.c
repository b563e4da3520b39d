// HTTP/2 behind its preface: frames, header compression, streams.
#include "api-d/http/http2.h"
#include "tests/fuzz/api-d/http_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        http_target_run(bytes_of(HTTP2_PREFACE, HTTP2_PREFACE_BYTES), data[0], bytes_of(data + 1, size - 1));
    return 0;
}
