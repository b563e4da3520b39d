#include "launcher/bounds.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#include "lib/priv/roles.h"

static int drop_from_bounding_set(uint64_t kept)
{
    for (unsigned cap = 0; cap < 64; cap++) {
        if (kept & 1ull << cap)
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            return errno == EINVAL && cap > 0 ? 0 : -errno;
    }
    return 0;
}

// Raw sockets are for ESP without UDP alone.
#define OPTIONAL (1ull << CAP_NET_RAW)

int bounds_check(unsigned *ret_missing)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    uint64_t needed = role_find(ROLE_LAUNCHER)->capabilities & ~OPTIONAL;

    if (syscall(SYS_capget, &header, data) < 0)
        return -errno;
    for (unsigned cap = 0; cap < 64; cap++) {
        if (!(needed & 1ull << cap) || data[cap / 32].permitted & 1u << cap % 32)
            continue;
        *ret_missing = cap;
        return -EPERM;
    }
    return 0;
}

int bounds_apply(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    uint64_t kept = role_find(ROLE_LAUNCHER)->capabilities;
    struct rlimit none = {0};
    int r = drop_from_bounding_set(kept);

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
