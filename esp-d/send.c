#include "esp-d/send.h"

static enum path_encapsulation encapsulation_of(const struct seal_packet *p)
{
    return atomic_load_explicit(&p->child->out.path, memory_order_acquire)->encapsulation;
}

unsigned send_burst(const struct send_sockets *sockets, const struct seal_packet *packets, unsigned n, uint64_t now_ms,
                    struct drop_counters *drops)
{
    unsigned sends = 0;

    for (unsigned i = 0, end; i < n; i = end) {
        enum path_encapsulation encapsulation = encapsulation_of(&packets[i]);

        for (end = i + 1; end < n; end++) {
            if (packets[end].child != packets[i].child && encapsulation_of(&packets[end]) != encapsulation)
                break;
        }
        if (encapsulation == PATH_IN_UDP)
            sends += udp_send_burst(sockets->udp, packets + i, end - i, now_ms, drops);
        else
            sends += raw_send_burst(sockets->raw, packets + i, end - i, drops);
    }
    return sends;
}
