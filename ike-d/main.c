// ike-d: IKE negotiation. Reads strangers' bytes, holds the keys of IKE SAs, and nothing that lives longer.
#include "ike-d/link/ike.h"
#include "ike-d/link/service.h"

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_client, seccomp_unix_server, seccomp_udp, NULL,
    };
    static struct ike ike;
    const struct daemon_spec spec = {
        .role = ROLE_IKE,
        .self = &ike,
        .handlers = service_handlers,
        .seccomp = seccomp,
        .returns_heap = true,
        .open = ike_open,
        .start = ike_start,
        .on_peer = ike_on_peer,
        .stop = ike_stop,
    };
    return daemon_main(&spec, argc, argv);
}
