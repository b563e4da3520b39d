// pki-d: the process that holds the long-lived secrets. It has no network socket.
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/core/log.h"
#include "lib/crypto/clean_heap.h"
#include "pki-d/credential_service.h"
#include "pki-d/master_key.h"
#include "pki-d/service.h"
#include "pki-d/upkeep.h"

// Where the library puts the private parts of keys: locked, between guard pages, left out of dumps. An RSA key of 4096
// bits takes some 5 kB, and twice that while it is made.
#define SECURE_HEAP_BYTES       (4u << 20)
#define SECURE_HEAP_LEAST_BYTES 32

struct pki {
    struct service service; // first: daemon->self is given to the service
    struct master_key key;
    bool has_credential;
};

static int fail(const char *what, const char *why)
{
    log_error("start_failed", LOG_STR("step", what), LOG_STR("error", why));
    return -EINVAL;
}

// Credentials are readable to root alone; the library reads its configuration now, since no file is in reach later.
static int on_open(struct daemon *daemon)
{
    struct pki *pki = daemon->self;
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    int r;

    if (clean_heap_begin() < 0 ||
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) != 1)
        return fail("openssl", "can't initialize");
    // 2: it works, but could not be locked
    if (CRYPTO_secure_malloc_init(SECURE_HEAP_BYTES, SECURE_HEAP_LEAST_BYTES) == 0)
        return fail("openssl", "no memory for private keys");
    if (!folder)
        return 0;
    r = master_key_read_credential(folder, &pki->key);
    if (r == -ENOENT)
        return 0;
    if (r == -EINVAL)
        return fail("master_key", "the credential master-key must be exactly 32 bytes");
    pki->has_credential = r == 0;
    return r;
}

static void on_landlock(struct daemon *daemon, struct landlock_rule *ret_rules)
{
    ret_rules[0] = (struct landlock_rule){.path = daemon->state_dir, .write = true};
    ret_rules[1] = (struct landlock_rule){.path = NULL};
}

static int load_key(struct daemon *daemon, struct pki *pki)
{
    int r = master_key_load(daemon->state_dir, &pki->key);

    if (r == -EINVAL)
        return fail("master_key", "master.key must be exactly 32 bytes; bring the right one back");
    if (r == -EPERM)
        return fail("master_key", "others may read master.key: its mode must be 0600");
    if (r < 0)
        log_error("start_failed", LOG_STR("step", "master_key"), LOG_ERRNO(r));
    return r;
}

static int on_start(struct daemon *daemon)
{
    struct pki *pki = daemon->self;
    char error[STORE_ERROR_MAX];
    int r = 0;

    umask(077);
    if (!pki->has_credential)
        r = load_key(daemon, pki);
    if (r < 0)
        return r;
    pki->service.bindings = bindings_new();
    if (!pki->service.bindings)
        return -ENOMEM;
    r = store_open(daemon->state_dir, &pki->key, &pki->service.store, error);
    master_key_wipe(&pki->key);
    if (r < 0) {
        log_error("start_failed", LOG_STR("step", "store"), LOG_STR("error", error));
        return r;
    }
    r = credential_service_start(daemon);
    return r < 0 ? r : upkeep_start(daemon);
}

static void on_stop(struct daemon *daemon)
{
    upkeep_stop(daemon);
    credential_service_stop(daemon);
}

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_server, seccomp_files, NULL,
    };
    static struct pki pki;
    const struct daemon_spec spec = {
        .role = ROLE_PKI,
        .self = &pki,
        .handlers = service_handlers,
        .seccomp = seccomp,
        .open = on_open,
        .landlock = on_landlock,
        .start = on_start,
        .stop = on_stop,
    };
    int status = daemon_main(&spec, argc, argv);

    store_close(pki.service.store);
    backup_done(&pki.service.backup);
    bindings_free(pki.service.bindings);
    sign_account_free(pki.service.account);
    return status;
}
