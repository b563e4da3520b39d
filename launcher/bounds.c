#include "launcher/bounds.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#define BIT(cap) (1ull << (cap))

// Change of uid and capabilities; folders and files of other owners; sockets of low ports, raw sockets, the TUN;
// signals to children that have changed their uid.
static const uint64_t kept = BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_CHOWN) |
                             BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) |
                             BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_KILL);

static int drop_from_bounding_set(void)
{
    for (unsigned cap = 0; cap < 64; cap++) {
        if (kept & BIT(cap))
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            return errno == EINVAL && cap > 0 ? 0 : -errno;
    }
    return 0;
}

int bounds_apply(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    struct rlimit none = {0};
    int r = drop_from_bounding_set();

    if (r < 0)
        return r;
    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    for (unsigned i = 0; i < 2; i++) { // what a container did not give us is not asked for
        data[i].permitted &= (uint32_t)(kept >> 32 * i);
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    if (syscall(SYS_capset, &header, data) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        setrlimit(RLIMIT_CORE, &none) < 0)
        return -errno;
    return 0;
}
