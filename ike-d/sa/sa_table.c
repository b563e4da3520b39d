#include "ike-d/sa/sa_table.h"

#include <errno.h>
#include <string.h>

#include "ike-d/sa/ike_sa.h"

// What an IKE_SA_INIT request is known by. No padding: it is a key as bytes.
struct first_key {
    uint64_t spi_i;
    uint8_t address[16];
    uint8_t family;
    uint8_t port[2];
    uint8_t zero[5];
};
_Static_assert(sizeof(struct first_key) == 32, "padding would be compared");

static struct first_key key_of(uint64_t spi_i, const struct endpoint *remote)
{
    struct first_key key = {.spi_i = spi_i, .family = remote->address.family};
    memcpy(key.address, remote->address.b, sizeof(key.address));
    memcpy(key.port, &remote->port, sizeof(key.port));
    return key;
}

int sa_table_init(struct sa_table *table)
{
    *table = (struct sa_table){.by_spi = hmap_new(), .by_first = hmap_new()};
    if (half_open_init(&table->half_open) < 0 || !table->by_spi || !table->by_first) {
        sa_table_done(table);
        return -ENOMEM;
    }
    return 0;
}

void sa_table_done(struct sa_table *table)
{
    hmap_free(table->by_spi);
    hmap_free(table->by_first);
    half_open_done(&table->half_open);
    *table = (struct sa_table){0};
}

int sa_table_add(struct sa_table *table, struct ike_sa *sa)
{
    uint64_t spi = ike_sa_own_spi(sa);
    return hmap_put(table->by_spi, bytes_of(&spi, sizeof(spi)), sa);
}

void sa_table_remove(struct sa_table *table, struct ike_sa *sa)
{
    sa_table_end_half_open(table, sa);
    struct first_key key = key_of(sa->spi_i, &sa->first_from);
    if (hmap_find(table->by_first, bytes_of(&key, sizeof(key))) == sa) {
        hmap_remove(table->by_first, bytes_of(&key, sizeof(key)));
    }
    uint64_t spi = ike_sa_own_spi(sa);
    if (hmap_find(table->by_spi, bytes_of(&spi, sizeof(spi))) == sa) {
        hmap_remove(table->by_spi, bytes_of(&spi, sizeof(spi)));
    }
}

struct ike_sa *sa_table_find(const struct sa_table *table, uint64_t own_spi)
{
    return hmap_find(table->by_spi, bytes_of(&own_spi, sizeof(own_spi)));
}

struct ike_sa *sa_table_any(const struct sa_table *table)
{
    size_t cursor = 0;
    return hmap_next(table->by_spi, &cursor);
}

int sa_table_add_half_open(struct sa_table *table, struct ike_sa *sa)
{
    sa->first_from = sa->remote;
    struct first_key key = key_of(sa->spi_i, &sa->first_from);
    int error = hmap_put(table->by_first, bytes_of(&key, sizeof(key)), sa);
    if (error < 0) {
        return error;
    }
    error = half_open_add(&table->half_open, &sa->first_from.address);
    if (error < 0) {
        hmap_remove(table->by_first, bytes_of(&key, sizeof(key)));
        return error;
    }
    sa->half_open = true;
    return 0;
}

void sa_table_end_half_open(struct sa_table *table, struct ike_sa *sa)
{
    if (!sa->half_open) {
        return;
    }
    sa->half_open = false;
    half_open_remove(&table->half_open, &sa->first_from.address);
}

struct ike_sa *sa_table_find_first(const struct sa_table *table, uint64_t spi_i, const struct endpoint *remote)
{
    struct first_key key = key_of(spi_i, remote);
    return hmap_find(table->by_first, bytes_of(&key, sizeof(key)));
}
