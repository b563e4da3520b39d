#include "pki-d/verifier/pem.h"

int pem_refuse_passphrase(char *out, int out_size, int is_written, void *arg)
{
    (void)out;
    (void)out_size;
    (void)is_written;
    (void)arg;
    return -1;
}
