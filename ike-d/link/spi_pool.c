#include "ike-d/link/spi_pool.h"

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "ike-d/link/job_call.h"

// Whoever asks again so soon will need more.
#define BUSY_MS 10000u
// esp-d reserves them for 120 s, and the handshake needs some of it.
#define FRESH_MS 60000u
// An answer that has not come by then may have been an error.
#define ANSWER_MS 2000u

typedef Bulkhead__Internal__V1__EspAllocateSpiResponse response_message;

static void keep(struct spi_pool *pool, const response_message *response)
{
    if (response->n_more > 0) {
        pool->coming = false;
    }
    for (size_t i = 0; i < response->n_more && pool->n < SPI_POOL_MAX; i++) {
        if (response->more[i] > 255) {
            pool->spi[pool->n++] = response->more[i];
        }
    }
}

static void read_spi(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    const response_message *response = (const response_message *)(const void *)message;
    result->spi = response->spi;
    keep(&ike->spis, response);
    if (result->spi <= 255) { // RFC 4303 2.1
        result->outcome = IKE_JOB_FAILED;
        result->text = "esp-d gave no usable SPI";
    }
}

// Several may find the pool empty before its answer comes: the first alone asks for more than it needs, since what
// esp-d has reserved for nobody keeps its room there.
static uint32_t count_to_ask(struct spi_pool *pool, uint64_t now_ms)
{
    bool is_busy = pool->asked_ms && now_ms - pool->asked_ms < BUSY_MS;
    bool is_coming = pool->coming && now_ms - pool->block_ms < ANSWER_MS;
    if (!is_busy || is_coming || pool->n > 0) {
        return 1;
    }
    pool->coming = true;
    pool->block_ms = now_ms;
    return SPI_POOL_MAX;
}

static void ask(struct ike *ike, uint64_t job)
{
    struct spi_pool *pool = &ike->spis;
    Bulkhead__Internal__V1__EspAllocateSpiRequest request;
    uint64_t now_ms = ike_core_now_ms(&ike->core);
    bulkhead__internal__v1__esp_allocate_spi_request__init(&request);
    request.count = count_to_ask(pool, now_ms);
    pool->asked_ms = now_ms;
    job_call_start(ike, BULKHEAD__INTERNAL__V1__METHOD__METHOD_ESP_ALLOCATE_SPI, &request.base, job, read_spi);
}

void spi_pool_take(struct ike *ike, uint64_t job)
{
    struct spi_pool *pool = &ike->spis;
    if (ike_core_now_ms(&ike->core) - pool->block_ms >= FRESH_MS) {
        pool->n = 0;
    }
    if (pool->n == 0 || pool->due_n == SPI_POOL_MAX) {
        ask(ike, job);
        return;
    }
    pool->due[pool->due_n++] = (struct spi_answer){.job = job, .spi = pool->spi[--pool->n]};
}

bool spi_pool_answer(struct ike *ike)
{
    struct spi_pool *pool = &ike->spis;
    bool any = pool->due_n > 0;
    while (pool->due_n > 0) {
        struct spi_answer answer = pool->due[--pool->due_n];
        struct ike_job_result result = {.spi = answer.spi};
        ike_job_finish(&ike->core.jobs, answer.job, &result);
    }
    return any;
}

void spi_pool_forget(struct spi_pool *pool)
{
    pool->n = 0;
    pool->coming = false;
}
