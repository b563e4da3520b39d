// HTTP/1.1 from bytes to decoded requests and answers.
#include "tests/fuzz/api-d/http_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size)
        http_target_run(bytes_of(NULL, 0), data[0], bytes_of(data + 1, size - 1));
    return 0;
}
