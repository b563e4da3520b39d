#include "pki-d/store_audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/store_query.h"

#define TEXT_MAX_BYTES 256

int store_audit_cut(const char *text, size_t most)
{
    size_t n = strnlen(text, most + 1);

    if (n > most)
        for (n = most; n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80; n--)
            ;
    return (int)n;
}

static struct bytes cut(const char *text)
{
    return bytes_of(text, (size_t)store_audit_cut(text, TEXT_MAX_BYTES));
}

int store_audit_add(struct store *store, const struct store_audit *record)
{
    struct query query = query_begin(store, "INSERT INTO audit (time, actor, operation, object, detail) "
                                            "VALUES (?1, ?2, ?3, ?4, ?5)");

    query_put_int(&query, record->time);
    query_put_text(&query, cut(record->actor));
    query_put_text(&query, cut(record->operation));
    query_put_text(&query, cut(record->object));
    query_put_text(&query, cut(record->detail ? record->detail : ""));
    return query_run(&query);
}

static Bulkhead__V1__AuditRecord *read_record(const struct query *query)
{
    Bulkhead__V1__AuditRecord *record = malloc(sizeof(*record));

    if (!record)
        return NULL;
    bulkhead__v1__audit_record__init(record);
    record->number = (uint64_t)query_int(query, 0);
    record->time = malloc(sizeof(*record->time));
    record->actor = strdup(query_text(query, 2));
    record->operation = strdup(query_text(query, 3));
    record->object = strdup(query_text(query, 4));
    record->detail = strdup(query_text(query, 5));
    if (!record->time || !record->actor || !record->operation || !record->object || !record->detail) {
        bulkhead__v1__audit_record__free_unpacked(record, NULL);
        return NULL;
    }
    google__protobuf__timestamp__init(record->time);
    record->time->seconds = query_int(query, 1);
    return record;
}

int store_audit_list(struct store *store, uint64_t before, Bulkhead__V1__AuditRecord **ret_records, size_t n)
{
    struct query query = query_begin(store, "SELECT number, time, actor, operation, object, detail FROM audit "
                                            "WHERE number < ?1 ORDER BY number DESC LIMIT ?2");
    size_t count = 0;
    int r;

    query_put_int(&query, before > 0 && before <= INT64_MAX ? (int64_t)before : INT64_MAX);
    query_put_int(&query, (int64_t)n);
    while ((r = query_step(&query)) == 1) {
        ret_records[count] = read_record(&query);
        if (!ret_records[count]) {
            r = -ENOMEM;
            break;
        }
        count++;
    }
    query_end(&query);
    if (r == 0)
        return (int)count;
    while (count > 0)
        bulkhead__v1__audit_record__free_unpacked(ret_records[--count], NULL);
    return r;
}
