#include "pki-d/store_revocation.h"

#include <errno.h>

#include "pki-d/store_query.h"

int store_revocation_add_issued(struct store *store, int64_t authority, struct bytes serial, int64_t not_after)
{
    struct query query = query_begin(store, "INSERT INTO issued (authority, serial, not_after, revoked_at, reason) "
                                            "VALUES (?1, ?2, ?3, NULL, 0)");
    int r;

    query_put_int(&query, authority);
    query_put_bytes(&query, serial);
    query_put_int(&query, not_after);
    r = query_run(&query);
    if (r < 0)
        return r;
    query = query_begin(store, "UPDATE authority SET issued = issued + 1 WHERE id = ?1");
    query_put_int(&query, authority);
    return query_run(&query);
}

static int read_issued(struct store *store, int64_t authority, struct bytes serial, enum store_status *ret_status,
                       struct store_revoked *ret_revoked)
{
    struct query query =
        query_begin(store, "SELECT revoked_at, reason FROM issued WHERE authority = ?1 AND serial = ?2");
    int r;

    query_put_int(&query, authority);
    query_put_bytes(&query, serial);
    r = query_step(&query);
    if (r == 1) {
        *ret_status = query_is_null(&query, 0) ? STORE_STATUS_GOOD : STORE_STATUS_REVOKED;
        ret_revoked->at = query_int(&query, 0);
        ret_revoked->reason = (uint32_t)query_int(&query, 1);
    }
    query_end(&query);
    return r < 0 ? r : 0;
}

// GOOD: on no imported CRL that is in date.
static int read_foreign(struct store *store, const struct stored_authority *authority, struct bytes serial, int64_t now,
                        struct store_revoked *ret_revoked)
{
    struct query query =
        query_begin(store, "SELECT revoked_at, reason FROM foreign_revocation WHERE authority = ?1 AND serial = ?2");
    int r;

    query_put_int(&query, authority->id);
    query_put_bytes(&query, serial);
    r = query_step(&query);
    if (r == 1) {
        ret_revoked->at = query_int(&query, 0);
        ret_revoked->reason = (uint32_t)query_int(&query, 1);
        r = STORE_STATUS_REVOKED;
    } else if (r == 0) {
        r = authority->foreign_next_update > now ? STORE_STATUS_GOOD : STORE_STATUS_UNKNOWN;
    }
    query_end(&query);
    return r;
}

int store_revocation_status(struct store *store, const struct stored_authority *authority, struct bytes serial,
                            int64_t now, enum store_status *ret_status, struct store_revoked *ret_revoked)
{
    enum store_status status = STORE_STATUS_UNKNOWN;
    struct store_revoked revoked = {.authority = authority->id, .serial = serial};
    int r;

    r = read_issued(store, authority->id, serial, &status, &revoked);
    if (r < 0)
        return r;
    if (status != STORE_STATUS_REVOKED && authority->foreign_next_update > 0) {
        r = read_foreign(store, authority, serial, now, &revoked);
        if (r < 0)
            return r;
        if (status == STORE_STATUS_UNKNOWN || r == STORE_STATUS_REVOKED)
            status = (enum store_status)r;
    }
    *ret_status = status;
    if (status == STORE_STATUS_REVOKED)
        *ret_revoked = revoked;
    return 0;
}

int store_revocation_put(struct store *store, const struct store_revoked *revoked)
{
    enum store_status status = STORE_STATUS_UNKNOWN;
    struct store_revoked before;
    struct query query;
    int r;

    r = read_issued(store, revoked->authority, revoked->serial, &status, &before);
    if (r < 0 || status == STORE_STATUS_REVOKED)
        return r;
    if (status == STORE_STATUS_UNKNOWN)
        return -ENOENT;
    query = query_begin(store, "UPDATE issued SET revoked_at = ?3, reason = ?4 WHERE authority = ?1 AND serial = ?2");
    query_put_int(&query, revoked->authority);
    query_put_bytes(&query, revoked->serial);
    query_put_int(&query, revoked->at);
    query_put_int(&query, revoked->reason);
    return query_run(&query);
}

int store_revocation_each(struct store *store, int64_t authority, int64_t since,
                          int (*on_revoked)(void *arg, const struct store_revoked *revoked), void *arg)
{
    struct query query =
        query_begin(store, "SELECT serial, revoked_at, reason FROM issued WHERE authority = ?1 AND not_after >= ?2 AND "
                           "revoked_at IS NOT NULL UNION ALL "
                           "SELECT f.serial, f.revoked_at, f.reason FROM foreign_revocation f WHERE f.authority = ?1 "
                           "AND NOT EXISTS (SELECT 1 FROM issued i WHERE i.authority = ?1 AND i.serial = f.serial AND "
                           "i.revoked_at IS NOT NULL)");
    int r;

    query_put_int(&query, authority);
    query_put_int(&query, since);
    while ((r = query_step(&query)) == 1) {
        const struct store_revoked revoked = {.authority = authority,
                                              .serial = query_bytes(&query, 0),
                                              .at = query_int(&query, 1),
                                              .reason = (uint32_t)query_int(&query, 2)};
        r = on_revoked(arg, &revoked);
        if (r != 0)
            break;
    }
    query_end(&query);
    return r;
}

int store_revocation_begin_foreign(struct store *store, int64_t authority, int64_t next_update)
{
    struct query query = query_begin(store, "DELETE FROM foreign_revocation WHERE authority = ?1");
    int r;

    query_put_int(&query, authority);
    r = query_run(&query);
    if (r < 0)
        return r;
    query = query_begin(store, "UPDATE authority SET foreign_next_update = ?2 WHERE id = ?1");
    query_put_int(&query, authority);
    query_put_int(&query, next_update);
    return query_run(&query);
}

int store_revocation_add_foreign(struct store *store, const struct store_revoked *revoked)
{
    struct query query = query_begin(store, "REPLACE INTO foreign_revocation (authority, serial, revoked_at, reason) "
                                            "VALUES (?1, ?2, ?3, ?4)");

    query_put_int(&query, revoked->authority);
    query_put_bytes(&query, revoked->serial);
    query_put_int(&query, revoked->at);
    query_put_int(&query, revoked->reason);
    return query_run(&query);
}
