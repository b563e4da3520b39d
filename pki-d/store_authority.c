#include "pki-d/store_authority.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/store_query.h"

// has_key: that its current certificate has one.
#define COLUMNS                                                                                                        \
    "a.id, a.name, a.crl_urls, a.ocsp_urls, a.issued, a.crl_number, a.crl_next_update, a.foreign_next_update, "        \
    "EXISTS (SELECT 1 FROM certificate c WHERE c.name = a.name AND c.is_current = 1 AND c.key IS NOT NULL)"

static void read_authority(const struct query *query, struct stored_authority *ret)
{
    *ret = (struct stored_authority){.id = query_int(query, 0),
                                     .issued = (uint64_t)query_int(query, 4),
                                     .crl_number = (uint64_t)query_int(query, 5),
                                     .crl_next_update = query_int(query, 6),
                                     .foreign_next_update = query_int(query, 7),
                                     .has_key = query_int(query, 8) != 0};
    snprintf(ret->name, sizeof(ret->name), "%s", query_text(query, 1));
    snprintf(ret->crl_urls.text, sizeof(ret->crl_urls.text), "%s", query_text(query, 2));
    snprintf(ret->ocsp_urls.text, sizeof(ret->ocsp_urls.text), "%s", query_text(query, 3));
}

// Ends the query.
static int read_one(struct query *query, struct stored_authority *ret)
{
    int r = query_step(query);

    if (r == 1)
        read_authority(query, ret);
    query_end(query);
    return r == 1 ? 0 : r == 0 ? -ENOENT : r;
}

int store_authority_find(struct store *store, struct bytes name, struct stored_authority *ret_authority)
{
    struct query query =
        query_begin(store, "SELECT " COLUMNS " FROM authority a WHERE a.name = ?1 AND a.is_deleted = 0");

    query_put_text(&query, name);
    return read_one(&query, ret_authority);
}

int store_authority_find_id(struct store *store, int64_t id, struct stored_authority *ret_authority)
{
    struct query query = query_begin(store, "SELECT " COLUMNS " FROM authority a WHERE a.id = ?1");

    query_put_int(&query, id);
    return read_one(&query, ret_authority);
}

int store_authority_each(struct store *store, int (*on_authority)(void *arg, const struct stored_authority *authority),
                         void *arg)
{
    struct query query =
        query_begin(store, "SELECT " COLUMNS " FROM authority a WHERE a.is_deleted = 0 ORDER BY a.name");
    struct stored_authority authority;
    int r;

    while ((r = query_step(&query)) == 1) {
        read_authority(&query, &authority);
        r = on_authority(arg, &authority);
        if (r != 0)
            break;
    }
    query_end(&query);
    return r;
}

int store_authority_add(struct store *store, const struct stored_authority *authority, int64_t *ret_id)
{
    struct query query =
        query_begin(store, "INSERT INTO authority (name, is_deleted, crl_urls, ocsp_urls, issued, crl_number, "
                           "crl_next_update, foreign_next_update) VALUES (?1, 0, ?2, ?3, 0, 0, 0, 0)");
    int r;

    query_put_text(&query, bytes_of_str(authority->name));
    query_put_text(&query, bytes_of_str(authority->crl_urls.text));
    query_put_text(&query, bytes_of_str(authority->ocsp_urls.text));
    r = query_run(&query);
    if (r == 0)
        *ret_id = sqlite3_last_insert_rowid(store->db);
    return r;
}

static int delete_rows(struct store *store, const char *sql, int64_t id)
{
    struct query query = query_begin(store, sql);

    query_put_int(&query, id);
    return query_run(&query);
}

// Its hashes stay beside what it issued: by them a backup in which it lives knows what was revoked since.
int store_authority_delete(struct store *store, int64_t id)
{
    static const char *const sql[] = {
        "UPDATE authority SET is_deleted = 1 WHERE id = ?1",
        "DELETE FROM crl WHERE authority = ?1",
        "DELETE FROM foreign_revocation WHERE authority = ?1",
    };
    int r = 0;

    for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && r == 0; i++)
        r = delete_rows(store, sql[i], id);
    return r;
}

static int find_deleted(struct store *store, const struct store_authority_hash *hash, int64_t *ret_id)
{
    struct query query =
        query_begin(store, "SELECT a.id FROM authority a, authority_hash h WHERE h.hash = ?1 AND h.key_hash = ?2 AND "
                           "h.name_hash = ?3 AND a.id = h.authority AND a.is_deleted = 1 ORDER BY a.id DESC");
    int r;

    query_put_int(&query, hash->hash);
    query_put_bytes(&query, hash->key);
    query_put_bytes(&query, hash->name);
    r = query_step(&query);
    if (r == 1)
        *ret_id = query_int(&query, 0);
    query_end(&query);
    return r == 1 ? 0 : r == 0 ? -ENOENT : r;
}

int store_authority_revive(struct store *store, const struct store_authority_hash *hash,
                           const struct stored_authority *authority, int64_t *ret_id)
{
    struct query query;
    int r = find_deleted(store, hash, ret_id);

    if (r < 0)
        return r;
    query = query_begin(store, "UPDATE authority SET is_deleted = 0, name = ?2, crl_urls = ?3, ocsp_urls = ?4, "
                               "foreign_next_update = 0 WHERE id = ?1");
    query_put_int(&query, *ret_id);
    query_put_text(&query, bytes_of_str(authority->name));
    query_put_text(&query, bytes_of_str(authority->crl_urls.text));
    query_put_text(&query, bytes_of_str(authority->ocsp_urls.text));
    return query_run(&query);
}

int store_authority_is_needed(struct store *store, int64_t id, int64_t now)
{
    struct query query =
        query_begin(store, "SELECT 1 FROM certificate c, authority a WHERE a.id = ?1 AND c.authority = a.id AND "
                           "c.name != a.name AND c.revoked_at IS NULL AND c.not_after > ?2 LIMIT 1");
    int r;

    query_put_int(&query, id);
    query_put_int(&query, now);
    r = query_step(&query);
    query_end(&query);
    return r;
}

int store_authority_add_hash(struct store *store, int64_t id, const struct store_authority_hash *hash)
{
    struct query query = query_begin(store, "REPLACE INTO authority_hash (hash, key_hash, name_hash, authority) "
                                            "VALUES (?1, ?2, ?3, ?4)");

    query_put_int(&query, hash->hash);
    query_put_bytes(&query, hash->key);
    query_put_bytes(&query, hash->name);
    query_put_int(&query, id);
    return query_run(&query);
}

int store_authority_find_hash(struct store *store, const struct store_authority_hash *hash,
                              struct stored_authority *ret_authority)
{
    struct query query = query_begin(
        store, "SELECT " COLUMNS " FROM authority a, authority_hash h WHERE h.hash = ?1 AND h.key_hash = ?2 AND "
               "h.name_hash = ?3 AND a.id = h.authority AND a.is_deleted = 0 AND a.crl_number > 0");

    query_put_int(&query, hash->hash);
    query_put_bytes(&query, hash->key);
    query_put_bytes(&query, hash->name);
    return read_one(&query, ret_authority);
}

int store_crl_find(struct store *store, int64_t authority, struct store_crl *ret_crl)
{
    struct query query = query_begin(store, "SELECT a.crl_number, a.crl_next_update, c.revoked, c.der FROM crl c, "
                                            "authority a WHERE a.id = ?1 AND c.authority = a.id");
    struct bytes der;
    uint8_t *copy;
    int r;

    query_put_int(&query, authority);
    r = query_step(&query);
    if (r == 1) {
        der = query_bytes(&query, 3);
        copy = malloc(der.n);
        if (copy) {
            memcpy(copy, der.p, der.n);
            *ret_crl = (struct store_crl){.number = (uint64_t)query_int(&query, 0),
                                          .next_update = query_int(&query, 1),
                                          .revoked = (uint32_t)query_int(&query, 2),
                                          .der = bytes_of(copy, der.n)};
        }
        r = copy ? 0 : -ENOMEM;
    } else if (r == 0) {
        r = -ENOENT;
    }
    query_end(&query);
    return r;
}

void store_crl_done(struct store_crl *crl)
{
    free((void *)(uintptr_t)crl->der.p);
    crl->der = bytes_of(NULL, 0);
}

int store_crl_put(struct store *store, int64_t authority, const struct store_crl *crl)
{
    struct query query = query_begin(store, "REPLACE INTO crl (authority, der, revoked) VALUES (?1, ?2, ?3)");
    int r;

    query_put_int(&query, authority);
    query_put_bytes(&query, crl->der);
    query_put_int(&query, crl->revoked);
    r = query_run(&query);
    if (r < 0)
        return r;
    query = query_begin(store, "UPDATE authority SET crl_number = ?2, crl_next_update = ?3 WHERE id = ?1");
    query_put_int(&query, authority);
    query_put_int(&query, (int64_t)crl->number);
    query_put_int(&query, crl->next_update);
    return query_run(&query);
}
