#include "pki-d/store.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "pki-d/seal.h"

#define LAYOUT 1 // PRAGMA user_version

enum statement { STATEMENT_SET, STATEMENT_DELETE, STATEMENT_GET, STATEMENT_LIST, STATEMENT_COUNT };

static const char *const statement_text[STATEMENT_COUNT] = {
    [STATEMENT_SET] = "REPLACE INTO secret (name, sealed) VALUES (?1, ?2)",
    [STATEMENT_DELETE] = "DELETE FROM secret WHERE name = ?1",
    [STATEMENT_GET] = "SELECT sealed FROM secret WHERE name = ?1",
    [STATEMENT_LIST] = "SELECT name FROM secret WHERE name > ?1 ORDER BY name",
};

struct store {
    sqlite3 *db;
    struct master_key key;
    sqlite3_stmt *statement[STATEMENT_COUNT];
};

// What seals to this proves at the next start that the master key is still the same.
static const char key_check[] = "bulkhead master key";

static int run(struct store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

static int read_int(struct store *store, const char *sql, int *ret_value)
{
    sqlite3_stmt *s;
    int r = -EIO;

    if (sqlite3_prepare_v2(store->db, sql, -1, &s, NULL) != SQLITE_OK)
        return -EIO;
    if (sqlite3_step(s) == SQLITE_ROW) {
        *ret_value = sqlite3_column_int(s, 0);
        r = 0;
    }
    sqlite3_finalize(s);
    return r;
}

// Exclusive locking first: WAL then needs no shared memory file, and a second process is refused at once.
static int configure(struct store *store)
{
    static const char *const pragmas[] = {
        "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
        "PRAGMA temp_store = MEMORY",      "PRAGMA secure_delete = ON", "BEGIN EXCLUSIVE; COMMIT",
    };

    for (size_t i = 0; i < sizeof(pragmas) / sizeof(pragmas[0]); i++)
        if (run(store, pragmas[i]) < 0)
            return -EIO;
    return 0;
}

static int check_integrity(struct store *store)
{
    sqlite3_stmt *s;
    int r = -EIO;

    if (sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK)
        return -EIO;
    if (sqlite3_step(s) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        if (text && strcmp(text, "ok") == 0)
            r = 0;
    }
    sqlite3_finalize(s);
    return r;
}

static int make_tables(struct store *store)
{
    uint8_t sealed[sizeof(key_check) + SEAL_OVERHEAD_BYTES];
    sqlite3_stmt *s = NULL;
    int r;

    r = seal_close(&store->key, bytes_of(NULL, 0), bytes_of(key_check, sizeof(key_check)), sealed);
    if (r < 0)
        return r;
    r = run(store, "BEGIN IMMEDIATE; CREATE TABLE master (sealed BLOB NOT NULL);"
                   "CREATE TABLE secret (name TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;"
                   "PRAGMA user_version = 1");
    if (r < 0)
        return r;
    r = -EIO;
    if (sqlite3_prepare_v2(store->db, "INSERT INTO master (sealed) VALUES (?1)", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_bind_blob(s, 1, sealed, sizeof(sealed), SQLITE_STATIC) == SQLITE_OK && sqlite3_step(s) == SQLITE_DONE)
        r = 0;
    sqlite3_finalize(s);
    return r < 0 || run(store, "COMMIT") < 0 ? -EIO : 0;
}

// -EKEYREJECTED: the store was sealed under another master key.
static int check_key(struct store *store)
{
    uint8_t text[sizeof(key_check)];
    sqlite3_stmt *s;
    int r = -EIO;

    if (sqlite3_prepare_v2(store->db, "SELECT sealed FROM master", -1, &s, NULL) != SQLITE_OK)
        return -EIO;
    if (sqlite3_step(s) == SQLITE_ROW) {
        struct bytes sealed = bytes_of(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        r = -EKEYREJECTED;
        if (sealed.n == sizeof(text) + SEAL_OVERHEAD_BYTES &&
            seal_open(&store->key, bytes_of(NULL, 0), sealed, text) == 0 && memcmp(text, key_check, sizeof(text)) == 0)
            r = 0;
    }
    sqlite3_finalize(s);
    return r;
}

static int prepare(struct store *store)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(store->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statement[i],
                               NULL) != SQLITE_OK)
            return -EIO;
    return 0;
}

static int load(struct store *store)
{
    int layout = 0, r;

    r = configure(store);
    if (r == 0)
        r = check_integrity(store);
    if (r == 0)
        r = read_int(store, "PRAGMA user_version", &layout);
    if (r < 0)
        return r;
    if (layout > LAYOUT)
        return -EPROTONOSUPPORT;
    r = layout == 0 ? make_tables(store) : check_key(store);
    return r < 0 ? r : prepare(store);
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
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statement[i]);
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

// The statement with the name bound; NULL when SQLite refuses.
static sqlite3_stmt *begin(struct store *store, enum statement which, struct bytes name)
{
    sqlite3_stmt *s = store->statement[which];

    if (sqlite3_bind_text(s, 1, name.n ? (const char *)name.p : "", (int)name.n, SQLITE_STATIC) == SQLITE_OK)
        return s;
    return NULL;
}

static void end(sqlite3_stmt *s)
{
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
}

static int fail(struct store *store, const char *what)
{
    log_error("store_failed", LOG_STR("operation", what), LOG_STR("error", sqlite3_errmsg(store->db)));
    return -EIO;
}

int store_set(struct store *store, struct bytes name, struct bytes value)
{
    uint8_t sealed[PKI_SECRET_MAX_BYTES + SEAL_OVERHEAD_BYTES];
    sqlite3_stmt *s;
    int r;

    if (!store_name_is_valid(name) || value.n == 0 || value.n > PKI_SECRET_MAX_BYTES)
        return -EINVAL;
    r = seal_close(&store->key, name, value, sealed);
    if (r < 0)
        return r;
    s = begin(store, STATEMENT_SET, name);
    if (!s || sqlite3_bind_blob(s, 2, sealed, (int)(value.n + SEAL_OVERHEAD_BYTES), SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_DONE)
        r = fail(store, "set");
    end(store->statement[STATEMENT_SET]);
    return r;
}

int store_delete(struct store *store, struct bytes name)
{
    sqlite3_stmt *s;
    int r = 0;

    if (!store_name_is_valid(name))
        return -ENOENT;
    s = begin(store, STATEMENT_DELETE, name);
    if (!s || sqlite3_step(s) != SQLITE_DONE)
        r = fail(store, "delete");
    else if (sqlite3_changes(store->db) == 0)
        r = -ENOENT;
    end(store->statement[STATEMENT_DELETE]);
    return r;
}

int store_get(struct store *store, struct bytes name, uint8_t *ret_value, size_t *ret_n)
{
    struct bytes sealed;
    sqlite3_stmt *s;
    int r, step;

    if (!store_name_is_valid(name))
        return -ENOENT;
    s = begin(store, STATEMENT_GET, name);
    step = s ? sqlite3_step(s) : SQLITE_ERROR;
    if (step == SQLITE_DONE) {
        r = -ENOENT;
    } else if (step != SQLITE_ROW) {
        r = fail(store, "get");
    } else {
        sealed = bytes_of(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        r = -EBADMSG;
        if (sealed.n > SEAL_OVERHEAD_BYTES && sealed.n <= PKI_SECRET_MAX_BYTES + SEAL_OVERHEAD_BYTES)
            r = seal_open(&store->key, name, sealed, ret_value);
        if (r == 0)
            *ret_n = sealed.n - SEAL_OVERHEAD_BYTES;
    }
    end(store->statement[STATEMENT_GET]);
    return r;
}

int store_list(struct store *store, struct bytes after, int (*on_name)(void *arg, const char *name), void *arg)
{
    sqlite3_stmt *s = begin(store, STATEMENT_LIST, after);
    int step = SQLITE_ERROR, r = 0;

    while (s && (step = sqlite3_step(s)) == SQLITE_ROW && r == 0)
        r = on_name(arg, (const char *)sqlite3_column_text(s, 0));
    if (r == 0 && step != SQLITE_DONE)
        r = fail(store, "list");
    end(store->statement[STATEMENT_LIST]);
    return r;
}
