// importer: opens one file with certificates and keys that an administrator brought, hands to pki-d what it held, and
// ends. No files, no sockets but its edges; each passphrase and each key meets a fresh process.
#include <errno.h>
#include <openssl/crypto.h>

#include "lib/core/log.h"
#include "lib/daemon/daemon.h"

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
    static const struct ipc_handler handlers[] = {{0}};
    const struct daemon_spec spec = {
        .role = ROLE_IMPORTER,
        .handlers = handlers,
        .seccomp = seccomp,
        .open = on_open,
    };

    return daemon_main(&spec, argc, argv);
}
