#include "pki-d/importer/passphrase.h"

#include <string.h>

#include "lib/core/secret.h"

bool passphrase_set(struct passphrase *passphrase, struct bytes value)
{
    *passphrase = (struct passphrase){.is_given = value.n > 0};
    if (value.n > PASSPHRASE_MAX_BYTES || (value.n > 0 && memchr(value.p, '\0', value.n)))
        return false;
    if (value.n > 0)
        memcpy(passphrase->text, value.p, value.n);
    return true;
}

void passphrase_wipe(struct passphrase *passphrase)
{
    secret_wipe(passphrase, sizeof(*passphrase));
}

int passphrase_callback(char *out, int out_size, int is_written, void *arg)
{
    const struct passphrase *passphrase = arg;
    size_t n = strlen(passphrase->text);

    (void)is_written;
    if (!passphrase->is_given || out_size < 0 || n > (size_t)out_size)
        return -1;
    memcpy(out, passphrase->text, n);
    return (int)n;
}
