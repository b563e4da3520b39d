// esp-d: the ESP fast path, between the TUN and UDP port 4500.
#include "esp-d/esp.h"
#include "esp-d/service.h"

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {seccomp_base, seccomp_event_loop, seccomp_unix_server,
                                                         seccomp_udp,  seccomp_path_mtu,   NULL};
    static struct esp esp; // holds the SAD's buckets: too large for the stack
    struct daemon_spec spec = {
        .role = ROLE_ESP,
        .self = &esp,
        .handlers = service_handlers,
        .seccomp = seccomp,
        .open = esp_open,
        .start = esp_start,
        .on_peer = esp_on_peer,
        .stop = esp_stop,
    };

    return daemon_main(&spec, argc, argv);
}
