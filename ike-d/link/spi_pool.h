// SPIs that esp-d has given out before they are needed (RFC 4303 2.1). One alone is asked for by itself; when several
// are needed within a short time, the next ones are asked for in the same call, which saves a handshake one round trip
// between the two daemons.
#ifndef BULKHEAD_IKE_LINK_SPI_POOL_H
#define BULKHEAD_IKE_LINK_SPI_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ike;

#define SPI_POOL_MAX 32

struct spi_answer {
    uint64_t job;
    uint32_t spi;
};

struct spi_pool {
    uint32_t spi[SPI_POOL_MAX];
    size_t n;
    uint64_t block_ms; // when those in it, or those on their way, were asked for
    bool coming;       // some are on their way
    uint64_t asked_ms; // when esp-d was last asked, for one or for more
    struct spi_answer due[SPI_POOL_MAX];
    size_t due_n; // jobs whose answer is known, and is given in the loop's next turn
};

// An SPI for that job: ike_job_result.spi.
void spi_pool_take(struct ike *ike, uint64_t job);
// Answers what is due. False: nothing was.
bool spi_pool_answer(struct ike *ike);
// esp-d has gone, and its reservations with it.
void spi_pool_forget(struct spi_pool *pool);

#endif
