// verifier: the process that parses what strangers certify. No files, no sockets but its edges, no secrets, and no
// memory of its own past: it ends after some work, and a fresh one takes its place.
#include <errno.h>
#include <openssl/crypto.h>

#include "lib/core/log.h"
#include "pki-d/verifier/verifier_service.h"

// The library reads its configuration now, since no file is in reach later.
static int on_open(struct daemon *daemon)
{
    (void)daemon;
    if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                            NULL) == 1)
        return 0;
    log_error("start_failed", LOG_STR("step", "openssl"), LOG_STR("error", "can't initialize"));
    return -EINVAL;
}

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_client, seccomp_unix_server, NULL,
    };
    static struct verifier_service service;
    const struct daemon_spec spec = {
        .role = ROLE_VERIFIER,
        .self = &service,
        .handlers = verifier_handlers,
        .seccomp = seccomp,
        .open = on_open,
        .start = verifier_service_start,
        .stop = verifier_service_stop,
    };

    return daemon_main(&spec, argc, argv);
}
