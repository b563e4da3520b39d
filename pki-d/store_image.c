#include "pki-d/store_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "pki-d/seal.h"
#include "pki-d/store_key.h"
#include "pki-d/store_layout.h"

// In an SQLite file's head (its format 1.3): 2 means write-ahead log, which a file in memory can't have.
#define WRITE_VERSION_AT 18
#define READ_VERSION_AT  19
#define VERSION_LEGACY   1
#define HEAD_BYTES       100

static int run(struct store *store, const char *sql)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    log_error("store_failed", LOG_STR("error", sqlite3_errmsg(store->db)));
    return -EIO;
}

int store_image_make(struct store *store, uint8_t **ret_image, size_t *ret_n)
{
    sqlite3_int64 n = 0;
    uint8_t *db = sqlite3_serialize(store->db, "main", &n, 0);
    uint8_t *image;

    if (!db || n < HEAD_BYTES || n > STORE_IMAGE_MAX_BYTES) {
        sqlite3_free(db);
        return !db ? -ENOMEM : -EFBIG;
    }
    image = malloc(sizeof(store->key) + (size_t)n);
    if (image) {
        memcpy(image, &store->key, sizeof(store->key));
        memcpy(image + sizeof(store->key), db, (size_t)n);
        image[sizeof(store->key) + WRITE_VERSION_AT] = VERSION_LEGACY;
        image[sizeof(store->key) + READ_VERSION_AT] = VERSION_LEGACY;
        *ret_image = image;
        *ret_n = sizeof(store->key) + (size_t)n;
    }
    sqlite3_free(db);
    return image ? 0 : -ENOMEM;
}

void store_image_free(uint8_t *image, size_t n)
{
    if (image)
        secret_wipe(image, n);
    free(image);
}

static int count(struct store *store, const char *sql, uint32_t *ret_n)
{
    struct query query = query_begin(store, sql);
    int r = query_step(&query);

    if (r == 1)
        *ret_n = (uint32_t)query_int(&query, 0);
    query_end(&query);
    return r == 1 ? 0 : -EIO;
}

int store_image_count(struct store *store, struct store_image_count *ret_count)
{
    int r = count(store, "SELECT count(*) FROM main.secret", &ret_count->secrets);

    return r < 0 ? r : count(store, "SELECT count(*) FROM main.certificate", &ret_count->certificates);
}

int store_image_attach(struct store *store, struct bytes image)
{
    struct bytes db = bytes_of(image.p + sizeof(store->key), image.n - sizeof(store->key));
    uint8_t *copy;

    if (image.n < sizeof(store->key) + HEAD_BYTES)
        return -EBADMSG;
    if (run(store, "ATTACH ':memory:' AS image") < 0)
        return -EIO;
    copy = sqlite3_malloc64(db.n);
    if (!copy) {
        store_image_detach(store);
        return -ENOMEM;
    }
    memcpy(copy, db.p, db.n);
    memcpy(&store->image_key, image.p, sizeof(store->image_key));
    // the library frees the copy, also when it fails
    if (sqlite3_deserialize(store->db, "image", copy, (sqlite3_int64)db.n, (sqlite3_int64)db.n,
                            SQLITE_DESERIALIZE_FREEONCLOSE) == SQLITE_OK)
        return 0;
    store_image_detach(store);
    return -EBADMSG;
}

void store_image_detach(struct store *store)
{
    store_forget_queries(store); // some of them look into the image
    secret_wipe(&store->image_key, sizeof(store->image_key));
    run(store, "DETACH image");
}

// ---- the way back

static const char keep_issued[] =
    "CREATE TEMP TABLE kept AS SELECT i.authority, i.serial, i.not_after, i.revoked_at, i.reason FROM main.issued i "
    "JOIN main.authority_hash m ON m.authority = i.authority AND m.hash = 2 "
    "JOIN image.authority_hash h ON h.hash = 2 AND h.key_hash = m.key_hash AND h.name_hash = m.name_hash AND "
    "h.authority = m.authority;"
    "CREATE TEMP TABLE number AS SELECT id, crl_number FROM main.authority;";

static const char copy_tables[] =
    "DELETE FROM main.secret; INSERT INTO main.secret SELECT * FROM image.secret;"
    "DELETE FROM main.key; INSERT INTO main.key SELECT * FROM image.key;"
    "DELETE FROM main.authority; INSERT INTO main.authority SELECT * FROM image.authority;"
    "DELETE FROM main.authority_hash; INSERT INTO main.authority_hash SELECT * FROM image.authority_hash;"
    "DELETE FROM main.crl; INSERT INTO main.crl SELECT * FROM image.crl;"
    "DELETE FROM main.issued; INSERT INTO main.issued SELECT * FROM image.issued;"
    "DELETE FROM main.foreign_revocation; INSERT INTO main.foreign_revocation SELECT * FROM image.foreign_revocation;"
    "DELETE FROM main.certificate; INSERT INTO main.certificate SELECT * FROM image.certificate;"
    "DELETE FROM main.document; INSERT INTO main.document SELECT * FROM image.document;";

// Numbers are kept where they are free; what is left goes behind all of them.
static const char merge_audit[] =
    "INSERT OR IGNORE INTO main.audit SELECT * FROM image.audit;"
    "INSERT INTO main.audit (time, actor, operation, object, detail) SELECT i.time, i.actor, i.operation, i.object, "
    "i.detail FROM image.audit i JOIN main.audit m ON m.number = i.number WHERE NOT (m.time = i.time AND "
    "m.actor = i.actor AND m.operation = i.operation AND m.object = i.object AND m.detail = i.detail) ORDER BY "
    "i.number;";

// Every CRL is due at once, with a number over all that were given away.
static const char merge_issued[] =
    "INSERT OR IGNORE INTO main.issued SELECT * FROM temp.kept;"
    "UPDATE main.issued SET revoked_at = k.revoked_at, reason = k.reason FROM temp.kept k WHERE "
    "k.authority = main.issued.authority AND k.serial = main.issued.serial AND k.revoked_at IS NOT NULL AND "
    "main.issued.revoked_at IS NULL;"
    "UPDATE main.certificate SET revoked_at = i.revoked_at, reason = i.reason FROM main.issued i WHERE "
    "i.authority = main.certificate.authority AND i.serial = main.certificate.serial AND i.revoked_at IS NOT NULL AND "
    "main.certificate.revoked_at IS NULL;"
    "UPDATE main.authority SET crl_number = max(main.authority.crl_number, n.crl_number) FROM temp.number n WHERE "
    "n.id = main.authority.id AND main.authority.crl_number > 0;"
    "UPDATE main.authority SET crl_next_update = 0 WHERE crl_number > 0;"
    "DROP TABLE temp.kept; DROP TABLE temp.number;";

static int check_image(struct store *store)
{
    struct query query = query_begin(store, "PRAGMA image.user_version");
    int r = query_step(&query);

    r = r == 1 ? (query_int(&query, 0) == STORE_LAYOUT ? 0 : -EPROTONOSUPPORT) : -EBADMSG;
    query_end(&query);
    return r;
}

// Out of the image's seal into ours.
static int reseal(struct store *store, struct bytes associated, struct bytes sealed, uint8_t *out)
{
    size_t n = sealed.n - SEAL_OVERHEAD_BYTES;
    uint8_t *clear;
    int r;

    if (sealed.n <= SEAL_OVERHEAD_BYTES || sealed.n > STORE_KEY_SEALED_MAX_BYTES)
        return -EBADMSG;
    clear = secret_alloc(STORE_KEY_SEALED_MAX_BYTES);
    if (!clear)
        return -ENOMEM;
    r = seal_open(&store->image_key, associated, sealed, clear);
    if (r == 0)
        r = seal_close(&store->key, associated, bytes_of(clear, n), out);
    secret_free(clear, STORE_KEY_SEALED_MAX_BYTES);
    return r;
}

static int put_sealed(struct store *store, const char *sql, int64_t id, struct bytes name, struct bytes sealed)
{
    struct query query = query_begin(store, sql);

    query_put_int(&query, id);
    query_put_text(&query, name);
    query_put_bytes(&query, sealed);
    return query_run(&query);
}

static int reseal_keys(struct store *store)
{
    struct query query = query_begin(store, "SELECT id, name, sealed FROM image.key");
    uint8_t sealed[STORE_KEY_SEALED_MAX_BYTES];
    struct store_key_association association;
    int r;

    while ((r = query_step(&query)) == 1) {
        struct bytes old = query_bytes(&query, 2);
        struct bytes name = bytes_of_str(query_text(&query, 1));
        r = name.n > PKI_NAME_MAX_BYTES
                ? -EBADMSG
                : reseal(store, store_key_associate(name, query_int(&query, 0), &association), old, sealed);
        if (r == 0)
            r = put_sealed(store, "UPDATE main.key SET sealed = ?3 WHERE id = ?1 AND name = ?2", query_int(&query, 0),
                           name, bytes_of(sealed, old.n));
        if (r < 0)
            break;
    }
    query_end(&query);
    return r;
}

static int reseal_secrets(struct store *store)
{
    struct query query = query_begin(store, "SELECT name, sealed FROM image.secret");
    uint8_t sealed[STORE_KEY_SEALED_MAX_BYTES];
    int r;

    while ((r = query_step(&query)) == 1) {
        struct bytes old = query_bytes(&query, 1);
        struct bytes name = bytes_of_str(query_text(&query, 0));
        r = reseal(store, name, old, sealed);
        if (r == 0)
            r = put_sealed(store, "UPDATE main.secret SET sealed = ?3 WHERE ?1 = 0 AND name = ?2", 0, name,
                           bytes_of(sealed, old.n));
        if (r < 0)
            break;
    }
    query_end(&query);
    return r;
}

int store_image_restore(struct store *store, struct store_image_count *ret_count)
{
    static const char *const steps[] = {keep_issued, copy_tables, merge_audit, merge_issued};
    int r = check_image(store);

    store_key_close_all(store);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && r == 0; i++)
        r = run(store, steps[i]);
    if (r == 0)
        r = reseal_keys(store);
    if (r == 0)
        r = reseal_secrets(store);
    return r < 0 ? r : store_image_count(store, ret_count);
}
