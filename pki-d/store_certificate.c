#include "pki-d/store_certificate.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/store_authority.h"
#include "pki-d/store_key.h"
#include "pki-d/store_query.h"
#include "pki-d/store_revocation.h"
#include "pki-d/store_row.h"

#define FIND                                                                                                           \
    "SELECT " STORE_ROW_COLUMNS                                                                                        \
    ", d.der, d.subject_der, d.public_key, d.key_identifier, c.sha256 FROM " STORE_ROW_TABLES

// Beside those of the row.
enum column { COLUMN_DER = STORE_ROW_COLUMN_COUNT, COLUMN_SUBJECT, COLUMN_KEY, COLUMN_KEY_ID, COLUMN_SHA256 };

static int copy(struct bytes from, struct bytes *ret)
{
    uint8_t *p = malloc(from.n ? from.n : 1);

    if (!p)
        return -ENOMEM;
    if (from.n)
        memcpy(p, from.p, from.n);
    *ret = bytes_of(p, from.n);
    return 0;
}

static int read_certificate(const struct query *query, int64_t now, struct stored_certificate **ret)
{
    struct stored_certificate *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return -ENOMEM;
    c->id = query_int(query, STORE_ROW_ID);
    c->authority = query_int(query, STORE_ROW_AUTHORITY);
    c->key = query_int(query, STORE_ROW_KEY);
    c->is_current = query_int(query, STORE_ROW_IS_CURRENT) != 0;
    r = store_row_read(query, now, &c->info);
    if (r == 0)
        r = copy(query_bytes(query, STORE_ROW_SERIAL), &c->serial);
    if (r == 0)
        r = copy(query_bytes(query, COLUMN_DER), &c->der);
    if (r == 0)
        r = copy(query_bytes(query, COLUMN_SUBJECT), &c->subject_der);
    if (r == 0)
        r = copy(query_bytes(query, COLUMN_KEY), &c->public_key);
    if (r == 0)
        r = copy(query_bytes(query, COLUMN_KEY_ID), &c->key_identifier);
    if (r == 0)
        r = copy(query_bytes(query, COLUMN_SHA256), &c->sha256);
    if (r == 0)
        *ret = c;
    else
        store_certificate_free(c);
    return r;
}

static void free_bytes(struct bytes b)
{
    free((void *)(uintptr_t)b.p);
}

void store_certificate_free(struct stored_certificate *certificate)
{
    if (!certificate)
        return;
    bulkhead__v1__certificate__free_unpacked(certificate->info, NULL);
    free_bytes(certificate->serial);
    free_bytes(certificate->der);
    free_bytes(certificate->subject_der);
    free_bytes(certificate->public_key);
    free_bytes(certificate->key_identifier);
    free_bytes(certificate->sha256);
    free(certificate);
}

// Ends the query.
static int read_one(struct query *query, int64_t now, struct stored_certificate **ret)
{
    int r = query_step(query);

    if (r == 1)
        r = read_certificate(query, now, ret);
    else if (r == 0)
        r = -ENOENT;
    query_end(query);
    return r;
}

static int find_serial(struct store *store, const char *hex, int64_t now, struct stored_certificate **ret)
{
    uint8_t serial[STORE_SERIAL_MAX_BYTES + 1];
    struct query query;
    size_t skip = 0;
    int n;

    n = bytes_from_hex(hex, serial, sizeof(serial));
    if (n <= 0)
        return -ENOENT;
    while (skip + 1 < (size_t)n && serial[skip] == 0)
        skip++;
    query = query_begin(store, FIND " WHERE c.serial = ?1 ORDER BY c.id DESC");
    query_put_bytes(&query, bytes_of(serial + skip, (size_t)n - skip));
    return read_one(&query, now, ret);
}

int store_certificate_find(struct store *store, struct bytes name, int64_t now,
                           struct stored_certificate **ret_certificate)
{
    static const char prefix[] = "serial:";
    struct query query;
    char hex[2 * STORE_SERIAL_MAX_BYTES + 4];

    if (name.n > strlen(prefix) && memcmp(name.p, prefix, strlen(prefix)) == 0) {
        snprintf(hex, sizeof(hex), "%.*s", (int)(name.n - strlen(prefix)), (const char *)name.p + strlen(prefix));
        return find_serial(store, hex, now, ret_certificate);
    }
    if (!store_name_is_valid(name))
        return -ENOENT;
    query = query_begin(store, FIND " WHERE c.name = ?1 AND c.is_current = 1");
    query_put_text(&query, name);
    return read_one(&query, now, ret_certificate);
}

int store_certificate_find_replaced(struct store *store, struct bytes name, int64_t now,
                                    struct stored_certificate **ret_certificate)
{
    struct query query = query_begin(
        store, FIND " WHERE c.name = ?1 AND c.is_current = 0 AND c.revoked_at IS NULL AND c.not_after >= ?2");

    query_put_text(&query, name);
    query_put_int(&query, now);
    return read_one(&query, now, ret_certificate);
}

int store_certificate_exists(struct store *store, struct bytes name)
{
    struct query query = query_begin(store, "SELECT 1 FROM certificate WHERE name = ?1 AND is_current = 1");
    int r;

    query_put_text(&query, name);
    r = query_step(&query);
    query_end(&query);
    return r;
}

int store_certificate_find_sha256(struct store *store, struct bytes sha256, char ret_name[PKI_NAME_MAX_BYTES + 1])
{
    struct query query = query_begin(store, "SELECT name FROM certificate WHERE sha256 = ?1");
    int r;

    query_put_bytes(&query, sha256);
    r = query_step(&query);
    if (r == 1)
        snprintf(ret_name, PKI_NAME_MAX_BYTES + 1, "%s", query_text(&query, 0));
    query_end(&query);
    return r == 1 ? 0 : r == 0 ? -ENOENT : r;
}

static int add_document(struct store *store, int64_t id, const struct stored_certificate *c)
{
    size_t n = bulkhead__v1__certificate__get_packed_size(c->info);
    uint8_t *packed = malloc(n ? n : 1);
    struct query query;
    int r;

    if (!packed)
        return -ENOMEM;
    bulkhead__v1__certificate__pack(c->info, packed);
    query = query_begin(store, "INSERT INTO document (id, der, info, subject_der, public_key, key_identifier) "
                               "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    query_put_int(&query, id);
    query_put_bytes(&query, c->der);
    query_put_bytes(&query, bytes_of(packed, n));
    query_put_bytes(&query, c->subject_der);
    query_put_bytes(&query, c->public_key);
    query_put_bytes(&query, c->key_identifier);
    r = query_run(&query);
    free(packed);
    return r;
}

static void put_reference(struct query *query, int64_t id)
{
    if (id)
        query_put_int(query, id);
    else
        query_put_null(query);
}

// Name, subject and alternative names, a line each, to be searched: in lower case, as far as that is ASCII.
static char *searched_text(const Bulkhead__V1__Certificate *info)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        return NULL;
    fprintf(f, "%s\n%s", info->name, info->subject);
    for (size_t i = 0; i < info->n_alt_names; i++)
        fprintf(f, "\n%s", info->alt_names[i]);
    if (fclose(f) != 0) {
        free(text);
        return NULL;
    }
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] - 'A' + 'a');
    return text;
}

int store_certificate_add(struct store *store, const struct stored_certificate *certificate, int64_t *ret_id)
{
    const Bulkhead__V1__Certificate *info = certificate->info;
    char *text = searched_text(info);
    struct query query;
    int r;

    if (!text)
        return -ENOMEM;
    query =
        query_begin(store, "INSERT INTO certificate (name, is_current, authority, is_authority, source, key, serial, "
                           "not_before, not_after, revoked_at, reason, text, sha256) "
                           "VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, 0, ?9, ?10)");
    query_put_text(&query, bytes_of_str(info->name));
    put_reference(&query, certificate->authority);
    query_put_int(&query, info->is_authority);
    query_put_int(&query, info->source);
    put_reference(&query, certificate->key);
    query_put_bytes(&query, certificate->serial);
    query_put_int(&query, info->not_before->seconds);
    query_put_int(&query, info->not_after->seconds);
    query_put_text(&query, bytes_of_str(text));
    query_put_bytes(&query, certificate->sha256);
    r = query_run(&query);
    free(text);
    if (r < 0)
        return r;
    *ret_id = sqlite3_last_insert_rowid(store->db);
    return add_document(store, *ret_id, certificate);
}

int store_certificate_retire(struct store *store, int64_t id)
{
    struct query query = query_begin(store, "UPDATE certificate SET is_current = 0 WHERE id = ?1");

    query_put_int(&query, id);
    return query_run(&query);
}

static int delete_by_name(struct store *store, const char *sql, struct bytes name)
{
    struct query query = query_begin(store, sql);

    query_put_text(&query, name);
    return query_run(&query);
}

int store_certificate_delete(struct store *store, struct bytes name)
{
    static const char *const sql[] = {
        "DELETE FROM document WHERE id IN (SELECT id FROM certificate WHERE name = ?1 AND is_current IN (0, 1))",
        "DELETE FROM key WHERE id IN (SELECT key FROM certificate WHERE name = ?1 AND is_current IN (0, 1))",
        "DELETE FROM certificate WHERE name = ?1 AND is_current = 0",
        "DELETE FROM certificate WHERE name = ?1 AND is_current = 1",
    };
    int r = 0;

    store_key_close_all(store);
    for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && r == 0; i++)
        r = delete_by_name(store, sql[i], name);
    return r;
}

int store_certificate_mark(struct store *store, const struct store_revoked *revoked)
{
    struct query query = query_begin(store, "UPDATE certificate SET revoked_at = ?3, reason = ?4 WHERE serial = ?2 AND "
                                            "authority = ?1 AND revoked_at IS NULL");

    query_put_int(&query, revoked->authority);
    query_put_bytes(&query, revoked->serial);
    query_put_int(&query, revoked->at);
    query_put_int(&query, revoked->reason);
    return query_run(&query);
}

int store_certificate_forget_expired(struct store *store, int64_t now)
{
    static const char *const sql[] = {
        "DELETE FROM document WHERE id IN (SELECT id FROM certificate WHERE not_after < ?1 AND is_current = 0)",
        "DELETE FROM key WHERE id IN (SELECT o.key FROM certificate o WHERE o.not_after < ?1 AND o.is_current = 0 AND "
        "NOT EXISTS (SELECT 1 FROM certificate c WHERE c.name = o.name AND c.key = o.key AND "
        "(c.is_current = 1 OR c.is_current = 0 AND c.not_after >= ?1)))",
        "DELETE FROM certificate WHERE not_after < ?1 AND is_current = 0",
    };
    struct query query;
    int r = 0;

    for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && r == 0; i++) {
        query = query_begin(store, sql[i]);
        query_put_int(&query, now);
        r = query_run(&query);
    }
    return r;
}

// The current certificate of that authority. -ENOENT: deleted.
static int find_issuer(struct store *store, int64_t authority, int64_t now, struct stored_certificate **ret)
{
    struct query query = query_begin(store, FIND ", authority i WHERE i.id = ?1 AND i.is_deleted = 0 AND "
                                                 "c.name = i.name AND c.is_current = 1");

    query_put_int(&query, authority);
    return read_one(&query, now, ret);
}

int store_certificate_chain(struct store *store, const struct stored_certificate *certificate, int64_t now,
                            struct stored_certificate *ret_chain[STORE_CHAIN_MAX], size_t *ret_n)
{
    size_t n = 0;
    int r = 0;

    while (n < STORE_CHAIN_MAX && certificate->authority) {
        r = find_issuer(store, certificate->authority, now, &ret_chain[n]);
        if (r < 0)
            break;
        if (ret_chain[n]->id == certificate->id || bytes_equal(ret_chain[n]->public_key, certificate->public_key)) {
            store_certificate_free(ret_chain[n]); // its own issuer
            break;
        }
        certificate = ret_chain[n++];
    }
    if (r < 0 && r != -ENOENT) {
        while (n > 0)
            store_certificate_free(ret_chain[--n]);
        return r;
    }
    *ret_n = n;
    return 0;
}
