#include "lib/crypto/random.h"

#include <errno.h>
#include <limits.h>

#include <openssl/rand.h>

static int fill_from_openssl(void *arg, void *out, size_t n)
{
    (void)arg;
    if (n > INT_MAX)
        return -EINVAL;
    return RAND_bytes(out, (int)n) == 1 ? 0 : -EIO;
}

const struct random_source random_system = {.fill = fill_from_openssl};
