// Fragments in any order, each behind its length in two bytes: what is put together is one whole datagram of no more
// bytes than came, and the memory of first fragments never makes a packet other than it is.
#include "esp-d/fragment.h"
#include "esp-d/reassembly.h"
#include "lib/core/reader.h"
#include "tests/unit/esp-d/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fragment_memory memory;
static struct reassembly reassembly;

static void check_whole(struct bytes whole, size_t came)
{
    struct flow f;

    if (whole.n > came || whole.n < 20)
        abort();
    // What follows the header may be nothing that a parser likes, and in IPv6 a fragment of its own; the header is
    // ours.
    if (!flow_parse(whole, &f) && (f.total_bytes != whole.n || (f.fragment && f.family == 4)))
        abort();
    if (whole.p[0] >> 4 == 4 && world_fold(world_sum(whole.p, 20, 0)) != 0xffff)
        abort();
}

static void take(struct bytes packet, size_t came, uint64_t now_ms)
{
    struct bytes whole;
    struct flow f, resolved;
    bool lost;

    if (flow_parse(packet, &f))
        return;
    resolved = f;
    fragment_resolve(&memory, &resolved, now_ms);
    if (resolved.source != f.source || resolved.destination != f.destination || (!f.opaque && resolved.opaque) ||
        (!f.later_fragment && !flow_is_alike(&f, &resolved)))
        abort();
    fragment_remember(&memory, &resolved, now_ms);
    if (f.fragment && reassembly_add(&reassembly, packet, &f, now_ms, &whole, &lost))
        check_whole(whole, came);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(bytes_of(data, size));
    uint64_t now_ms = 1;
    struct bytes packet;
    uint16_t n;

    if (!reassembly.room && reassembly_init(&reassembly))
        abort();
    memset(&memory, 0, sizeof(memory));
    for (unsigned i = 0; i < REASSEMBLY_DATAGRAMS; i++)
        reassembly.datagram[i].until_ms = 0;
    while (!reader_u16(&r, &n)) {
        if (reader_bytes(&r, n & 0x0fff, &packet))
            return 0;
        now_ms += n >> 12; // time goes on
        take(packet, size, now_ms);
    }
    return 0;
}
