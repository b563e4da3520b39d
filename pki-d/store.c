#include "pki-d/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "pki-d/seal.h"
#include "pki-d/store_certificate.h"
#include "pki-d/store_key.h"
#include "pki-d/store_layout.h"

static int run(struct store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

// Exclusive locking first: WAL then needs no shared memory file, and a second process is refused at once.
static int configure(struct store *store)
{
    static const char *const pragmas[] = {
        "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL",  "PRAGMA synchronous = FULL",
        "PRAGMA temp_store = MEMORY",      "PRAGMA cache_size = -32768", "PRAGMA secure_delete = ON",
        "BEGIN EXCLUSIVE; COMMIT",
    };

    for (size_t i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++)
        if (run(store, pragmas[i]) < 0)
            return -EIO;
    return 0;
}

static int load(struct store *store)
{
    int r = configure(store);

    if (r == 0)
        r = store_layout_check(store->db);
    if (r == 0)
        r = store_layout_load(store);
    return r < 0 ? r : store_certificate_prepare_list(store);
}

static void describe(struct store *store, const char *path, int r, char *ret_error)
{
    const char *why = sqlite3_errmsg(store->db);

    if (r == -EKEYREJECTED)
        why = "the master key is not the one that it was made with; bring the right key back, or move the file away "
              "and set "
              "the secrets again";
    else if (r == -EPROTONOSUPPORT)
        why = "made by a newer version of pki-d";
    else if (sqlite3_errcode(store->db) == SQLITE_BUSY)
        why = "in use by another process";
    else if (sqlite3_errcode(store->db) == SQLITE_CORRUPT || sqlite3_errcode(store->db) == SQLITE_NOTADB ||
             sqlite3_errcode(store->db) == SQLITE_OK || sqlite3_errcode(store->db) == SQLITE_DONE)
        why = "damaged; bring a copy back, or move the file away and set the secrets again";
    snprintf(ret_error, STORE_ERROR_MAX, "%.300s: %.200s", path, why);
}

int store_open(const char *folder, const struct master_key *key, struct store **ret_store, char *ret_error)
{
    struct store *store = NULL;
    char path[PATH_MAX];
    int n, r;

    n = snprintf(path, sizeof(path), "%s/store.db", folder);
    store = secret_alloc(sizeof(*store));
    if (n < 0 || n >= (int)sizeof(path) || !store) {
        snprintf(ret_error, STORE_ERROR_MAX, "%.300s: %s", folder, store ? "path too long" : "out of memory");
        secret_free(store, sizeof(*store));
        return store ? -ENAMETOOLONG : -ENOMEM;
    }
    store->key = *key;
    r = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ==
                SQLITE_OK
            ? load(store)
            : -EIO;
    if (r < 0) {
        describe(store, path, r, ret_error);
        store_close(store);
        return r;
    }
    *ret_store = store;
    return 0;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_key_close_all(store);
    store_forget_queries(store);
    sqlite3_close_v2(store->db);
    secret_free(store, sizeof(*store));
}

bool store_name_is_valid(struct bytes name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    if (name.n == 0 || name.n > PKI_NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '\0' || !strchr(letters, name.p[i]))
            return false;
    return true;
}

int store_begin(struct store *store)
{
    int r = run(store, "BEGIN IMMEDIATE");

    if (r < 0)
        log_error("store_failed", LOG_STR("error", sqlite3_errmsg(store->db)));
    return r;
}

int store_end(struct store *store, int r)
{
    if (r == 0 && run(store, "COMMIT") == 0)
        return 0;
    if (r == 0)
        log_error("store_failed", LOG_STR("error", sqlite3_errmsg(store->db)));
    if (!sqlite3_get_autocommit(store->db))
        run(store, "ROLLBACK");
    return r < 0 ? r : -EIO;
}

int store_set(struct store *store, struct bytes name, struct bytes value)
{
    uint8_t sealed[PKI_SECRET_MAX_BYTES + SEAL_OVERHEAD_BYTES];
    struct query query;
    int r;

    if (!store_name_is_valid(name) || value.n == 0 || value.n > PKI_SECRET_MAX_BYTES)
        return -EINVAL;
    r = seal_close(&store->key, name, value, sealed);
    if (r < 0)
        return r;
    query = query_begin(store, "REPLACE INTO secret (name, sealed) VALUES (?1, ?2)");
    query_put_text(&query, name);
    query_put_bytes(&query, bytes_of(sealed, value.n + SEAL_OVERHEAD_BYTES));
    return query_run(&query);
}

int store_delete(struct store *store, struct bytes name)
{
    struct query query;
    int r;

    if (!store_name_is_valid(name))
        return -ENOENT;
    query = query_begin(store, "DELETE FROM secret WHERE name = ?1");
    query_put_text(&query, name);
    r = query_run(&query);
    return r == 0 && sqlite3_changes(store->db) == 0 ? -ENOENT : r;
}

int store_get(struct store *store, struct bytes name, uint8_t *ret_value, size_t *ret_n)
{
    struct bytes sealed;
    struct query query;
    int r;

    if (!store_name_is_valid(name))
        return -ENOENT;
    query = query_begin(store, "SELECT sealed FROM secret WHERE name = ?1");
    query_put_text(&query, name);
    r = query_step(&query);
    if (r == 0) {
        r = -ENOENT;
    } else if (r == 1) {
        sealed = query_bytes(&query, 0);
        r = -EBADMSG;
        if (sealed.n > SEAL_OVERHEAD_BYTES && sealed.n <= PKI_SECRET_MAX_BYTES + SEAL_OVERHEAD_BYTES)
            r = seal_open(&store->key, name, sealed, ret_value);
        if (r == 0)
            *ret_n = sealed.n - SEAL_OVERHEAD_BYTES;
    }
    query_end(&query);
    return r;
}

int store_has(struct store *store, struct bytes name)
{
    struct query query = query_begin(store, "SELECT 1 FROM secret WHERE name = ?1");
    int r;

    query_put_text(&query, name);
    r = query_step(&query);
    query_end(&query);
    return r;
}

int store_list(struct store *store, struct bytes after, int (*on_name)(void *arg, const char *name), void *arg)
{
    struct query query = query_begin(store, "SELECT name FROM secret WHERE name > ?1 ORDER BY name");
    int r;

    query_put_text(&query, after);
    while ((r = query_step(&query)) == 1 && (r = on_name(arg, query_text(&query, 0))) == 0)
        ;
    query_end(&query);
    return r;
}
