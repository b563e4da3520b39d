// courier: resolves names, fetches CRLs and OCSP answers, and serves ours to the public. No secrets, and no method that
// changes anything.
#include "api-d/courier/courier.h"

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_client, seccomp_unix_server, seccomp_internet, seccomp_courier,
        NULL,
    };
    static struct courier courier;
    const struct daemon_spec spec = {
        .role = ROLE_COURIER,
        .self = &courier,
        .handlers = courier_handlers,
        .seccomp = seccomp,
        .returns_heap = true,
        .connects_tcp = true,
        .open = courier_open,
        .start = courier_start,
        .stop = courier_stop,
    };

    return daemon_main(&spec, argc, argv);
}
