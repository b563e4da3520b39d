#include "pki-d/sign_account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/hmap.h"
#include "lib/core/log.h"
#include "lib/core/ratelimit.h"
#include "pki-d/store_audit.h"

struct signer {
    char tunnel[PKI_NAME_MAX_BYTES + 1];
    char certificate[PKI_NAME_MAX_BYTES + 1]; // of the latest
    struct ratelimit limit;
    uint32_t unwritten;
    int64_t written_s; // of its last line
};

struct sign_account {
    struct hmap *signers;
    struct ratelimit all;       // signatures
    struct ratelimit questions; // about pre-shared keys
    struct ratelimit ocsp;
    struct ratelimit refusals; // as log lines
    size_t waiting;            // signers with something unwritten
    bool is_started;
};

struct sign_account *sign_account_new(void)
{
    struct sign_account *account = calloc(1, sizeof(*account));

    if (!account)
        return NULL;
    account->signers = hmap_new();
    if (!account->signers) {
        free(account);
        return NULL;
    }
    return account;
}

static void forget_all(struct sign_account *account)
{
    struct signer *signer;
    size_t cursor = 0;

    while ((signer = hmap_next(account->signers, &cursor)))
        free(signer);
    hmap_free(account->signers);
}

void sign_account_free(struct sign_account *account)
{
    if (!account)
        return;
    forget_all(account);
    free(account);
}

static void start(struct sign_account *account, uint64_t now_ms)
{
    if (account->is_started)
        return;
    account->is_started = true;
    ratelimit_init(&account->all, SIGN_ALL_PER_S, SIGN_ALL_BURST, now_ms);
    ratelimit_init(&account->questions, SIGN_QUESTIONS_PER_S, SIGN_QUESTIONS_BURST, now_ms);
    ratelimit_init(&account->ocsp, SIGN_OCSP_PER_S, SIGN_OCSP_BURST, now_ms);
    ratelimit_init(&account->refusals, SIGN_REFUSALS_PER_S, 10 * SIGN_REFUSALS_PER_S, now_ms);
}

// Tunnels that are long gone from the configuration.
static void forget_idle(struct sign_account *account)
{
    struct hmap *kept = hmap_new();
    struct signer *signer;
    size_t cursor = 0;

    while (kept && (signer = hmap_next(account->signers, &cursor)))
        if (signer->unwritten && hmap_put(kept, bytes_of_str(signer->tunnel), signer) < 0)
            account->waiting--;
    if (!kept)
        return;
    cursor = 0;
    while ((signer = hmap_next(account->signers, &cursor)))
        if (!hmap_find(kept, bytes_of_str(signer->tunnel)))
            free(signer);
    hmap_free(account->signers);
    account->signers = kept;
}

static struct signer *signer_of(struct sign_account *account, const char *tunnel, uint64_t now_ms)
{
    struct signer *signer = hmap_find(account->signers, bytes_of_str(tunnel));

    if (signer)
        return signer;
    if (hmap_count(account->signers) >= 2 * PKI_BINDINGS_MAX)
        forget_idle(account);
    signer = calloc(1, sizeof(*signer));
    if (!signer)
        return NULL;
    snprintf(signer->tunnel, sizeof(signer->tunnel), "%s", tunnel);
    ratelimit_init(&signer->limit, SIGN_TUNNEL_PER_S, SIGN_TUNNEL_BURST, now_ms);
    if (hmap_put(account->signers, bytes_of_str(tunnel), signer) == 0)
        return signer;
    free(signer);
    return NULL;
}

static void log_excess(struct sign_account *account, const char *tunnel, uint64_t now_ms)
{
    if (sign_account_may_log(account, now_ms))
        log_warning("sign_refused", LOG_STR("tunnel", tunnel), LOG_STR("reason", "too many in too short time"));
}

bool sign_account_take(struct sign_account *account, const char *tunnel, uint64_t now_ms)
{
    struct signer *signer;

    start(account, now_ms);
    signer = signer_of(account, tunnel, now_ms);
    if (signer && ratelimit_take(&signer->limit, now_ms) && ratelimit_take(&account->all, now_ms))
        return true;
    log_excess(account, tunnel, now_ms);
    return false;
}

bool sign_account_take_question(struct sign_account *account, const char *tunnel, uint64_t now_ms)
{
    start(account, now_ms);
    if (ratelimit_take(&account->questions, now_ms))
        return true;
    log_excess(account, tunnel, now_ms);
    return false;
}

bool sign_account_take_ocsp(struct sign_account *account, uint64_t now_ms)
{
    start(account, now_ms);
    if (ratelimit_take(&account->ocsp, now_ms))
        return true;
    if (sign_account_may_log(account, now_ms))
        log_warning("ocsp_refused", LOG_STR("reason", "too many in too short time"));
    return false;
}

bool sign_account_count(struct sign_account *account, const char *tunnel, const char *certificate)
{
    struct signer *signer = hmap_find(account->signers, bytes_of_str(tunnel));

    if (!signer)
        return false;
    snprintf(signer->certificate, sizeof(signer->certificate), "%s", certificate);
    if (signer->unwritten++)
        return false;
    account->waiting++;
    return true;
}

bool sign_account_may_log(struct sign_account *account, uint64_t now_ms)
{
    start(account, now_ms);
    return ratelimit_take(&account->refusals, now_ms);
}

static bool is_due(const struct signer *signer, int64_t now_s, bool all)
{
    return signer->unwritten && (all || now_s - signer->written_s >= SIGN_AUDIT_EVERY_S || now_s < signer->written_s);
}

static int write_one(const struct signer *signer, struct store *store, int64_t now_s)
{
    char detail[PKI_NAME_MAX_BYTES + 64];
    struct store_audit record = {
        .time = now_s, .actor = "ike-d", .operation = "sign", .object = signer->tunnel, .detail = detail};

    snprintf(detail, sizeof(detail), "%u AUTH payload%s with certificate %s", signer->unwritten,
             signer->unwritten == 1 ? "" : "s", signer->certificate);
    return store_audit_add(store, &record);
}

static int write_due(const struct sign_account *account, struct store *store, int64_t now_s, bool all)
{
    const struct signer *signer;
    size_t cursor = 0;
    int r = 0;

    while (r == 0 && (signer = hmap_next(account->signers, &cursor)))
        if (is_due(signer, now_s, all))
            r = write_one(signer, store, now_s);
    return r;
}

int sign_account_write(struct sign_account *account, struct store *store, int64_t now_s, bool all)
{
    struct signer *signer;
    size_t cursor = 0;
    int r;

    if (account->waiting == 0)
        return 0;
    r = store_begin(store);
    if (r == 0)
        r = store_end(store, write_due(account, store, now_s, all));
    if (r < 0)
        return r;
    while ((signer = hmap_next(account->signers, &cursor))) {
        if (!is_due(signer, now_s, all))
            continue;
        signer->unwritten = 0;
        signer->written_s = now_s;
        account->waiting--;
    }
    return account->waiting > 0;
}
