// importer: opens one file with certificates and keys that an administrator brought, hands to pki-d what it held, and
// ends. No files, no sockets but its edges; each passphrase and each key meets a fresh process.
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <sys/resource.h>

#include "lib/core/log.h"
#include "lib/crypto/clean_heap.h"
#include "pki-d/importer/importer_service.h"

// A file may ask for billions of rounds of its key derivation. Whoever brings one ends this process, not more.
#define CPU_MAX_S 20

static int fail(const char *step, const char *why)
{
    log_error("start_failed", LOG_STR("step", step), LOG_STR("error", why));
    return -EINVAL;
}

// The library reads its configuration now, since no file is in reach later; and what older PKCS#12 files are encrypted
// with (RC2, 40 bits) is in a provider of its own.
static int on_open(struct daemon *daemon)
{
    const struct rlimit cpu = {.rlim_cur = CPU_MAX_S, .rlim_max = CPU_MAX_S + 1};

    (void)daemon;
    if (clean_heap_begin() < 0 ||
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                            NULL) != 1)
        return fail("openssl", "can't initialize");
    if (!OSSL_PROVIDER_load(NULL, "default"))
        return fail("openssl", "can't load the default provider");
    if (!OSSL_PROVIDER_load(NULL, "legacy"))
        log_warning("no_legacy_provider", LOG_STR("effect", "PKCS#12 files with RC2 encryption can't be imported"));
    return setrlimit(RLIMIT_CPU, &cpu) < 0 ? fail("setrlimit", "RLIMIT_CPU") : 0;
}

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_client, seccomp_unix_server, NULL,
    };
    static struct importer_service service;
    const struct daemon_spec spec = {
        .role = ROLE_IMPORTER,
        .self = &service,
        .handlers = importer_handlers,
        .seccomp = seccomp,
        .open = on_open,
    };

    return daemon_main(&spec, argc, argv);
}
