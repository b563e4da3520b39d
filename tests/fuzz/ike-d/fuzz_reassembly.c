// What an authenticated peer may send as fragments, in any order: kept within bounds, joined only when all are there,
// and nothing is left when the SA goes.
//
// Input: fragments of {u8 message id, u16 number, u16 total, u16 length, bytes}; a number of zero lets time pass.
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/reassembly.h"
#include "lib/core/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static void check(const struct reassembly *r, const struct reassembly_budget *budget)
{
    size_t n = 0;
    unsigned present = 0;

    require(budget->used_bytes <= IKE_REASSEMBLY_BYTES_MAX);
    for (unsigned i = 0; r && i < r->total; i++) {
        present += r->fragment[i].p != NULL;
        n += r->fragment[i].n;
    }
    require(!r || (present == r->present && n == r->text_n && n <= WIRE_MESSAGE_BYTES_MAX));
}

static void join(struct reassembly **home)
{
    uint8_t *text = reassembly_join(*home);

    require(text != NULL);
    free(text);
    reassembly_drop(home);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(bytes_of(data, size));
    struct deadline_heap heap;
    struct reassembly_budget budget = {0};
    struct reassembly *home = NULL;
    struct reassembly_place place = {.home = &home, .heap = &heap, .budget = &budget};
    uint8_t id;
    uint16_t length;
    struct sk_payload sk = {.first_type = 35};
    struct reassembly_part part = {.sk = &sk};

    deadline_heap_init(&heap);
    while (!reader_u8(&r, &id) && !reader_u16(&r, &sk.fragment) && !reader_u16(&r, &sk.fragments) &&
           !reader_u16(&r, &length) && !reader_bytes(&r, length, &part.text)) {
        part.message_id = id;
        part.datagram_n = part.text.n;
        if (sk.fragment == 0) {
            place.now_ms += length * 100u;
            deadline_heap_run(&heap, place.now_ms);
        } else if (sk.fragment <= sk.fragments && reassembly_wants(home, id, &sk)) {
            if (reassembly_add(&place, &part) == 1)
                join(&home);
        }
        check(home, &budget);
    }
    reassembly_drop(&home);
    require(budget.used_bytes == 0);
    deadline_heap_done(&heap);
    return 0;
}
