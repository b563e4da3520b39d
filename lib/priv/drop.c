// From root to the role's own uid, with the role's capabilities and no way back.
#include "lib/priv/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

struct capability_sets {
    struct __user_cap_data_struct word[2];
};

// Capabilities outside the role's leave the bounding set, those that the kernel does not know end the walk.
static int bound(uint64_t keep)
{
    for (unsigned cap = 0; cap < 64; cap++) {
        if (keep & 1ull << cap)
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            return errno == EINVAL && cap > 0 ? 0 : -errno;
    }
    return 0;
}

static int set_capabilities(uint64_t keep)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct capability_sets sets = {0};

    for (unsigned i = 0; i < 2; i++) {
        sets.word[i].permitted = (uint32_t)(keep >> 32 * i);
        sets.word[i].effective = (uint32_t)(keep >> 32 * i);
    }
    return syscall(SYS_capset, &header, sets.word) < 0 ? -errno : 0;
}

static int become(uid_t uid, gid_t gid)
{
    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return -errno;
    return 0;
}

static int check_identity(uid_t uid, gid_t gid)
{
    uid_t r, e, s;
    gid_t rg, eg, sg;

    if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0)
        return -errno;
    if (r != uid || e != uid || s != uid || rg != gid || eg != gid || sg != gid || getgroups(0, NULL) != 0)
        return -EPERM;
    return setuid(0) == 0 || setgid(0) == 0 ? -EPERM : 0;
}

static int check_capabilities(uint64_t keep)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct capability_sets sets = {0};

    if (syscall(SYS_capget, &header, sets.word) < 0)
        return -errno;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t want = (uint32_t)(keep >> 32 * i);

        if (sets.word[i].permitted != want || sets.word[i].effective != want || sets.word[i].inheritable)
            return -EPERM;
    }
    for (unsigned cap = 0; cap < 64; cap++)
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 && !(keep & 1ull << cap))
            return -EPERM;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return -EPERM;
    return 0;
}

int priv_drop(const struct role_spec *role)
{
    uid_t uid = role_uid(role->role);
    gid_t gid = role_gid(role->role);
    uint64_t keep = role->capabilities;
    int r;

    if (uid == 0 || uid == (uid_t)-1)
        return -EINVAL;
    r = bound(keep);
    if (r < 0)
        return r;
    if (prctl(PR_SET_KEEPCAPS, keep ? 1 : 0, 0, 0, 0) < 0)
        return -errno;
    r = become(uid, gid);
    if (r == 0)
        r = set_capabilities(keep);
    if (r < 0)
        return r;
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return -errno;
    r = check_identity(uid, gid);
    return r < 0 ? r : check_capabilities(keep);
}
