// SQL statements of the store: prepared once, parameters in their order, columns by their index. Text of statements
// must be constant and unique by its address.
#ifndef BULKHEAD_PKI_STORE_QUERY_H
#define BULKHEAD_PKI_STORE_QUERY_H

#include <openssl/types.h>
#include <sqlite3.h>

#include "lib/core/bytes.h"
#include "pki-d/master_key.h"

#define STORE_QUERIES_MAX 96

struct store_prepared {
    const char *sql;
    sqlite3_stmt *statement;
};

// Keys that were opened lately: opening one and its first signature take as long as the signature itself.
#define STORE_OPEN_KEYS_MAX 32

struct store_open_key {
    int64_t id;
    char name[PKI_NAME_MAX_BYTES + 1];
    EVP_PKEY *key; // NULL: a free place
    uint64_t used; // by the count of openings
};

struct store {
    sqlite3 *db;
    struct master_key key;
    struct master_key image_key; // of a backup that is being restored
    struct store_open_key open_keys[STORE_OPEN_KEYS_MAX];
    uint64_t openings;
    struct store_prepared prepared[STORE_QUERIES_MAX];
};

struct query {
    struct store *store;
    sqlite3_stmt *s; // NULL: it could not be prepared, and that is logged
    int parameters;
    bool failed;
};

// To be ended on every path; at most one of the same text at a time.
struct query query_begin(struct store *store, const char *sql);
void query_end(struct query *query);
// The next parameter. What they point to must live until query_end.
void query_put_int(struct query *query, int64_t value);
void query_put_text(struct query *query, struct bytes text);
void query_put_bytes(struct query *query, struct bytes value);
void query_put_null(struct query *query);
// 1: a row; 0: the end; -EEXIST: a constraint was violated; -EIO: refused by SQLite, logged.
int query_step(struct query *query);
// Steps and ends. 0, -EEXIST or -EIO.
int query_run(struct query *query);

// Of the row under way; views live until the next step.
int64_t query_int(const struct query *query, int column);
bool query_is_null(const struct query *query, int column);
struct bytes query_bytes(const struct query *query, int column);
const char *query_text(const struct query *query, int column); // "" for NULL

// Frees all that were prepared.
void store_forget_queries(struct store *store);

#endif
