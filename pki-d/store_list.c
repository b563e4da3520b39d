// Pages of certificates: the statement is put together from the filters that are set. What no index of its own finds is
// looked for along one that holds all that filters look at, in the order of names, so that documents are read for the
// page alone.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pki-d/store_authority.h"
#include "pki-d/store_certificate.h"
#include "pki-d/store_row.h"

#define STATE(name) BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_##name
#define SQL_MAX     2048
#define DAY_SECONDS 86400

// Fixed texts by position: no value of a caller ever becomes part of the statement.
enum parameter {
    PARAMETER_AFTER = 1,
    PARAMETER_LIMIT,
    PARAMETER_NOW,
    PARAMETER_ISSUER,
    PARAMETER_CONTAINS,
    PARAMETER_END
};

static const char *state_condition(Bulkhead__V1__CertificateState state)
{
    switch (state) {
    case STATE(VALID):
        return " AND revoked_at IS NULL AND not_after >= ?3 AND not_before <= ?3";
    case STATE(NOT_YET_VALID):
        return " AND revoked_at IS NULL AND not_before > ?3";
    case STATE(EXPIRED):
        return " AND revoked_at IS NULL AND not_after < ?3";
    case STATE(REVOKED):
        return " AND revoked_at IS NOT NULL";
    default:
        return "";
    }
}

// contains(text, part): bytes, several times as fast as instr(), which counts characters.
static void on_contains(sqlite3_context *context, int n, sqlite3_value **values)
{
    const void *text = sqlite3_value_text(values[0]), *part = sqlite3_value_text(values[1]);

    (void)n;
    sqlite3_result_int(context, text && part &&
                                    memmem(text, (size_t)sqlite3_value_bytes(values[0]), part,
                                           (size_t)sqlite3_value_bytes(values[1])) != NULL);
}

int store_certificate_prepare_list(struct store *store)
{
    return sqlite3_create_function(store->db, "contains", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, on_contains,
                                   NULL, NULL) == SQLITE_OK
               ? 0
               : -EIO;
}

static bool needs_walk(const Bulkhead__V1__ListCertificatesRequest *filter)
{
    return *filter->contains || filter->expires_within_days ||
           (filter->state != STATE(UNSPECIFIED) && filter->state != STATE(REVOKED));
}

static int make_sql(const Bulkhead__V1__ListCertificatesRequest *filter, char sql[SQL_MAX])
{
    int n = snprintf(sql, SQL_MAX,
                     "SELECT " STORE_ROW_COLUMNS " FROM " STORE_ROW_TABLES
                     " WHERE c.id IN (SELECT id FROM certificate %s WHERE is_current = 1 AND name > ?1%s%s%s%s%s "
                     "ORDER BY name LIMIT ?2) ORDER BY c.name",
                     needs_walk(filter) ? "INDEXED BY certificate_page" : "", state_condition(filter->state),
                     *filter->issuer ? " AND authority = ?4" : "", filter->authorities ? " AND is_authority = 1" : "",
                     *filter->contains ? " AND contains(text, lower(?5))" : "",
                     filter->expires_within_days ? " AND not_after < ?6" : "");

    return n > 0 && n < SQL_MAX ? 0 : -EIO;
}

// -ENOENT: no issuer of that name.
static int bind(struct store *store, sqlite3_stmt *s, const struct store_certificate_page *page)
{
    const Bulkhead__V1__ListCertificatesRequest *filter = page->filter;
    struct stored_authority issuer;
    int r = SQLITE_OK;

    r |= sqlite3_bind_text(s, PARAMETER_AFTER, page->after.n ? (const char *)page->after.p : "", (int)page->after.n,
                           SQLITE_TRANSIENT);
    r |= sqlite3_bind_int64(s, PARAMETER_LIMIT, (int64_t)page->page_size + 1);
    if (sqlite3_bind_parameter_count(s) >= PARAMETER_NOW)
        r |= sqlite3_bind_int64(s, PARAMETER_NOW, page->now);
    if (*filter->issuer) {
        int found = store_authority_find(store, bytes_of_str(filter->issuer), &issuer);
        if (found < 0)
            return found;
        r |= sqlite3_bind_int64(s, PARAMETER_ISSUER, issuer.id);
    }
    if (*filter->contains)
        r |= sqlite3_bind_text(s, PARAMETER_CONTAINS, filter->contains, -1, SQLITE_TRANSIENT);
    if (filter->expires_within_days)
        r |= sqlite3_bind_int64(s, PARAMETER_END, page->now + (int64_t)filter->expires_within_days * DAY_SECONDS);
    return r == SQLITE_OK ? 0 : -EIO;
}

int store_certificate_list(struct store *store, const struct store_certificate_page *page,
                           int (*on_certificate)(void *arg, Bulkhead__V1__Certificate *info), void *arg, bool *ret_more)
{
    struct query query = {.store = store};
    Bulkhead__V1__Certificate *info;
    char sql[SQL_MAX];
    size_t n = 0;
    int r;

    if (make_sql(page->filter, sql) < 0 || sqlite3_prepare_v2(store->db, sql, -1, &query.s, NULL) != SQLITE_OK)
        return -EIO;
    r = bind(store, query.s, page);
    *ret_more = false;
    while (r == 0 && (r = query_step(&query)) == 1) {
        if (n++ == page->page_size) {
            *ret_more = true;
            r = 0;
            break;
        }
        r = store_row_read(&query, page->now, &info);
        if (r == 0)
            r = on_certificate(arg, info);
    }
    sqlite3_finalize(query.s);
    return r;
}
