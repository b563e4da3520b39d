// All IKE SAs by our own SPI, and the half-open ones of responders by what an IKE_SA_INIT request shows (RFC
// 7296 2.1, 2.6).
#ifndef BULKHEAD_IKE_SA_SA_TABLE_H
#define BULKHEAD_IKE_SA_SA_TABLE_H

#include "ike-d/sa/half_open.h"
#include "lib/core/hmap.h"
#include "lib/net/address.h"

struct ike_sa;

struct sa_table {
    struct hmap *by_spi;
    struct hmap *by_first; // initiator SPI and where it came from
    struct half_open half_open;
};

int sa_table_init(struct sa_table *table); // -ENOMEM
void sa_table_done(struct sa_table *table);

// By ike_sa_own_spi. -EEXIST (choose another SPI), -ENOMEM.
int sa_table_add(struct sa_table *table, struct ike_sa *sa);
// Also from the half-open ones. Harmless when it is not there.
void sa_table_remove(struct sa_table *table, struct ike_sa *sa);
struct ike_sa *sa_table_find(const struct sa_table *table, uint64_t own_spi);
// Any SA, NULL when the table is empty.
struct ike_sa *sa_table_any(const struct sa_table *table);

// A responder's SA whose peer has not shown itself alive yet: found by the peer's SPI and endpoint. -EEXIST, -ENOMEM.
int sa_table_add_half_open(struct sa_table *table, struct ike_sa *sa);
// Its peer has sent an authentic message: no longer counted, still found for retransmissions of the first message.
void sa_table_end_half_open(struct sa_table *table, struct ike_sa *sa);
struct ike_sa *sa_table_find_first(const struct sa_table *table, uint64_t spi_i, const struct endpoint *remote);

#endif
