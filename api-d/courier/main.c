// courier: resolves names, fetches CRLs and OCSP answers, and serves ours to the public. No secrets, and no method that
// changes anything.
#include "lib/daemon/daemon.h"

int main(int argc, char **argv)
{
    static const struct seccomp_rule *const seccomp[] = {
        seccomp_base, seccomp_event_loop, seccomp_unix_client, seccomp_unix_server, seccomp_internet, NULL,
    };
    static const struct ipc_handler handlers[] = {{0}};
    const struct daemon_spec spec = {
        .role = ROLE_COURIER,
        .handlers = handlers,
        .seccomp = seccomp,
        .connects_tcp = true,
    };

    return daemon_main(&spec, argc, argv);
}
