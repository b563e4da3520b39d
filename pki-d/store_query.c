#include "pki-d/store_query.h"

#include <errno.h>
#include <limits.h>

#include "lib/core/log.h"

static int fail(struct query *query)
{
    query->failed = true;
    log_error("store_failed", LOG_STR("error", sqlite3_errmsg(query->store->db)));
    return -EIO;
}

static sqlite3_stmt *prepare(struct store *store, const char *sql)
{
    struct store_prepared *slot = store->prepared;

    while (slot->sql && slot->sql != sql)
        if (++slot == store->prepared + STORE_QUERIES_MAX)
            return NULL;
    if (!slot->sql) {
        if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &slot->statement, NULL) != SQLITE_OK)
            return NULL;
        slot->sql = sql;
    }
    return slot->statement;
}

struct query query_begin(struct store *store, const char *sql)
{
    struct query query = {.store = store, .s = prepare(store, sql)};

    if (!query.s)
        fail(&query);
    return query;
}

void query_end(struct query *query)
{
    if (!query->s)
        return;
    sqlite3_reset(query->s);
    sqlite3_clear_bindings(query->s);
    query->s = NULL;
}

static void put(struct query *query, int result)
{
    if (result != SQLITE_OK)
        fail(query);
}

void query_put_int(struct query *query, int64_t value)
{
    if (query->s)
        put(query, sqlite3_bind_int64(query->s, ++query->parameters, value));
}

void query_put_text(struct query *query, struct bytes text)
{
    if (query->s)
        put(query, sqlite3_bind_text(query->s, ++query->parameters, text.n ? (const char *)text.p : "", (int)text.n,
                                     SQLITE_STATIC));
}

void query_put_bytes(struct query *query, struct bytes value)
{
    static const uint8_t nothing; // a blob of no bytes is not NULL

    if (query->s)
        put(query,
            sqlite3_bind_blob64(query->s, ++query->parameters, value.n ? value.p : &nothing, value.n, SQLITE_STATIC));
}

void query_put_null(struct query *query)
{
    if (query->s)
        put(query, sqlite3_bind_null(query->s, ++query->parameters));
}

int query_step(struct query *query)
{
    if (!query->s || query->failed)
        return -EIO;
    switch (sqlite3_step(query->s)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    case SQLITE_CONSTRAINT:
        return -EEXIST;
    default:
        return fail(query);
    }
}

int query_run(struct query *query)
{
    int r = query_step(query);

    query_end(query);
    return r > 0 ? 0 : r;
}

int64_t query_int(const struct query *query, int column)
{
    return sqlite3_column_int64(query->s, column);
}

bool query_is_null(const struct query *query, int column)
{
    return sqlite3_column_type(query->s, column) == SQLITE_NULL;
}

struct bytes query_bytes(const struct query *query, int column)
{
    const void *p = sqlite3_column_blob(query->s, column); // first: the size is that of this form

    return bytes_of(p, (size_t)sqlite3_column_bytes(query->s, column));
}

const char *query_text(const struct query *query, int column)
{
    const char *text = (const char *)sqlite3_column_text(query->s, column);

    return text ? text : "";
}

void store_forget_queries(struct store *store)
{
    for (size_t i = 0; i < STORE_QUERIES_MAX; i++) {
        sqlite3_finalize(store->prepared[i].statement);
        store->prepared[i] = (struct store_prepared){0};
    }
}
