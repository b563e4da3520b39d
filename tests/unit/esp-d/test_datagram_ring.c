// Datagrams between two threads: none lost that found room, none changed, in their order, and never more than fits.
#include <pthread.h>
#include <sched.h>

#include "esp-d/datagram_ring.h"
#include "esp-d/esp_limits.h"
#include "tests/unit/lib/run.h"

#define DATAGRAMS 20000u

static uint32_t bytes_of_turn(uint32_t turn)
{
    return turn % 1000 == 999 ? ESP_UDP_DATAGRAM_BYTES : turn * 7919u % 1500;
}

static void *write_all(void *arg)
{
    static uint8_t segment[ESP_UDP_DATAGRAM_BYTES];
    struct datagram_ring *ring = arg;

    for (uint32_t i = 0; i < DATAGRAMS; i++) {
        struct inbound_datagram from = {.n = 77, .segment_bytes = 7, .traffic_class = (uint8_t)i};
        uint32_t n = bytes_of_turn(i);

        from.remote.port = (uint16_t)i;
        segment[0] = (uint8_t)i;
        segment[n ? n - 1 : 0] = (uint8_t)(i >> 8);
        while (!datagram_ring_put(ring, &from, bytes_of(segment, n)))
            sched_yield();
    }
    return NULL;
}

START_TEST(carries_everything_in_order)
{
    struct datagram_ring ring = {0};
    uint32_t i = 0;
    pthread_t writer;

    ck_assert_int_eq(datagram_ring_init(&ring), 0);
    ck_assert_ptr_null(datagram_ring_take(&ring));
    ck_assert_int_eq(pthread_create(&writer, NULL, write_all, &ring), 0);
    while (i < DATAGRAMS) {
        struct inbound_datagram *d = datagram_ring_take(&ring);

        if (!d) {
            datagram_ring_release(&ring);
            sched_yield();
            continue;
        }
        ck_assert_uint_eq(d->n, bytes_of_turn(i));
        ck_assert_uint_eq(d->segment_bytes, 0);
        ck_assert_uint_eq(d->remote.port, (uint16_t)i);
        ck_assert_uint_eq(d->traffic_class, (uint8_t)i);
        if (d->n > 1) {
            ck_assert_uint_eq(d->p[0], (uint8_t)i);
            ck_assert_uint_eq(d->p[d->n - 1], (uint8_t)(i >> 8));
            memset(d->p, 0xee, d->n); // the reader may
        }
        i++;
        if (i % 3 == 0)
            datagram_ring_release(&ring);
    }
    pthread_join(writer, NULL);
    ck_assert_ptr_null(datagram_ring_take(&ring));
    datagram_ring_done(&ring);
}
END_TEST

START_TEST(holds_what_fits)
{
    static uint8_t segment[ESP_UDP_DATAGRAM_BYTES + 1];
    const struct inbound_datagram from = {0};
    struct datagram_ring ring = {0};
    unsigned n = 0;

    ck_assert_int_eq(datagram_ring_init(&ring), 0);
    ck_assert(!datagram_ring_put(&ring, &from, bytes_of(segment, sizeof(segment))));
    for (unsigned lap = 0; lap < 100; lap++) {
        for (n = 0; datagram_ring_put(&ring, &from, bytes_of(segment, 1000)); n++)
            ck_assert_uint_lt(n, ESP_DATAGRAM_RING_BYTES / 1000);
        ck_assert_uint_gt(n, ESP_DATAGRAM_RING_BYTES / 1300);
        for (; n; n--) {
            ck_assert_ptr_nonnull(datagram_ring_take(&ring));
            ck_assert(!datagram_ring_put(&ring, &from, bytes_of(segment, 60000))); // taken is not given back
        }
        ck_assert_ptr_null(datagram_ring_take(&ring));
        datagram_ring_release(&ring);
        ck_assert(datagram_ring_put(&ring, &from, bytes_of(segment, 60000 + lap)));
        ck_assert_ptr_nonnull(datagram_ring_take(&ring));
        datagram_ring_release(&ring);
    }
    datagram_ring_done(&ring);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {carries_everything_in_order, holds_what_fits};

    return run_tests("datagram_ring", tests, RUN_COUNT(tests));
}
