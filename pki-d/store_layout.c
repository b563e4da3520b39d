#include "pki-d/store_layout.h"

#include <errno.h>
#include <string.h>

#include "lib/core/secret.h"
#include "pki-d/seal.h"

// What seals to this proves at the next start that the master key is still the same.
static const char key_check[] = "bulkhead master key";

static const char layout_1[] =
    "CREATE TABLE master (sealed BLOB NOT NULL);"
    "CREATE TABLE secret (name TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;";

// An authority is one name and one key for ever. Its row stays when it is deleted, for the sake of what it issued; the
// row in `issued` of each serial stays, too. Large documents lie apart from what is searched.
static const char layout_2[] =
    "CREATE TABLE key (id INTEGER PRIMARY KEY, name TEXT NOT NULL, sealed BLOB NOT NULL);"
    "CREATE TABLE authority (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, is_deleted INTEGER NOT NULL,"
    " crl_urls TEXT NOT NULL, ocsp_urls TEXT NOT NULL, issued INTEGER NOT NULL, crl_number INTEGER NOT NULL,"
    " crl_next_update INTEGER NOT NULL, foreign_next_update INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX authority_name ON authority (name) WHERE is_deleted = 0;"
    "CREATE TABLE crl (authority INTEGER PRIMARY KEY, der BLOB NOT NULL, revoked INTEGER NOT NULL);"
    "CREATE TABLE authority_hash (hash INTEGER NOT NULL, key_hash BLOB NOT NULL, name_hash BLOB NOT NULL,"
    " authority INTEGER NOT NULL, PRIMARY KEY (hash, key_hash, name_hash, authority)) WITHOUT ROWID;"
    "CREATE TABLE issued (authority INTEGER NOT NULL, serial BLOB NOT NULL, not_after INTEGER NOT NULL,"
    " revoked_at INTEGER, reason INTEGER NOT NULL, PRIMARY KEY (authority, serial)) WITHOUT ROWID;"
    "CREATE INDEX issued_revoked ON issued (authority, not_after) WHERE revoked_at IS NOT NULL;"
    "CREATE TABLE foreign_revocation (authority INTEGER NOT NULL, serial BLOB NOT NULL, revoked_at INTEGER NOT NULL,"
    " reason INTEGER NOT NULL, PRIMARY KEY (authority, serial)) WITHOUT ROWID;"
    "CREATE TABLE certificate (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, is_current INTEGER NOT NULL,"
    " authority INTEGER, is_authority INTEGER NOT NULL, source INTEGER NOT NULL, key INTEGER, serial BLOB NOT NULL,"
    " not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, revoked_at INTEGER, reason INTEGER NOT NULL,"
    " text TEXT NOT NULL, sha256 BLOB NOT NULL);"
    "CREATE UNIQUE INDEX certificate_name ON certificate (name) WHERE is_current = 1;"
    "CREATE UNIQUE INDEX certificate_sha256 ON certificate (sha256);"
    "CREATE INDEX certificate_old ON certificate (name) WHERE is_current = 0;"
    "CREATE INDEX certificate_serial ON certificate (serial);"
    "CREATE INDEX certificate_issuer ON certificate (authority, name) WHERE is_current = 1;"
    "CREATE INDEX certificate_authorities ON certificate (name) WHERE is_current = 1 AND is_authority = 1;"
    "CREATE INDEX certificate_revoked ON certificate (name) WHERE is_current = 1 AND revoked_at IS NOT NULL;"
    "CREATE INDEX certificate_end ON certificate (not_after);"
    "CREATE INDEX certificate_page ON certificate (name, authority, is_authority, not_before, not_after, revoked_at,"
    " text) WHERE is_current = 1;"
    "CREATE TABLE document (id INTEGER PRIMARY KEY, der BLOB NOT NULL, info BLOB NOT NULL, subject_der BLOB NOT NULL,"
    " public_key BLOB NOT NULL, key_identifier BLOB NOT NULL);"
    "CREATE TABLE audit (number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, actor TEXT NOT NULL,"
    " operation TEXT NOT NULL, object TEXT NOT NULL, detail TEXT NOT NULL);"
    "CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
    "CREATE TRIGGER audit_holds BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"
    "PRAGMA user_version = 2;";

static int run(struct store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

static int read_layout(struct store *store, int *ret_layout)
{
    struct query query = query_begin(store, "PRAGMA user_version");
    int r = query_step(&query);

    if (r == 1)
        *ret_layout = (int)query_int(&query, 0);
    query_end(&query);
    return r == 1 ? 0 : -EIO;
}

int store_layout_check(sqlite3 *db)
{
    sqlite3_stmt *s;
    int r = -EIO;

    if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK)
        return -EIO;
    if (sqlite3_step(s) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        if (text && strcmp(text, "ok") == 0)
            r = 0;
    }
    sqlite3_finalize(s);
    return r;
}

int store_layout_put_key_check(struct store *store)
{
    uint8_t sealed[sizeof(key_check) + SEAL_OVERHEAD_BYTES];
    struct query query;
    int r;

    r = seal_close(&store->key, bytes_of(NULL, 0), bytes_of(key_check, sizeof(key_check)), sealed);
    if (r < 0 || run(store, "DELETE FROM master") < 0)
        return -EIO;
    query = query_begin(store, "INSERT INTO master (sealed) VALUES (?1)");
    query_put_bytes(&query, bytes_of(sealed, sizeof(sealed)));
    return query_run(&query);
}

int store_layout_check_key(struct store *store)
{
    struct query query = query_begin(store, "SELECT sealed FROM master");
    uint8_t text[sizeof(key_check)];
    struct bytes sealed;
    int r = query_step(&query);

    if (r == 1) {
        sealed = query_bytes(&query, 0);
        r = sealed.n == sizeof(text) + SEAL_OVERHEAD_BYTES &&
                    seal_open(&store->key, bytes_of(NULL, 0), sealed, text) == 0 &&
                    memcmp(text, key_check, sizeof(text)) == 0
                ? 0
                : -EKEYREJECTED;
    } else {
        r = -EIO;
    }
    query_end(&query);
    return r;
}

static int upgrade(struct store *store, int from)
{
    int r = run(store, "BEGIN IMMEDIATE");

    if (r == 0 && from < 1)
        r = run(store, layout_1);
    if (r == 0 && from < 1)
        r = store_layout_put_key_check(store);
    if (r == 0)
        r = run(store, layout_2);
    return r < 0 ? r : run(store, "COMMIT");
}

int store_layout_load(struct store *store)
{
    int layout = 0, r;

    r = read_layout(store, &layout);
    if (r < 0)
        return r;
    if (layout > STORE_LAYOUT)
        return -EPROTONOSUPPORT;
    if (layout > 0)
        r = store_layout_check_key(store);
    return r < 0 || layout == STORE_LAYOUT ? r : upgrade(store, layout);
}
