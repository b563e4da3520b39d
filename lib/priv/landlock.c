// Landlock by system call, so that it works whatever kernel headers the build machine has. What the running kernel's
// ABI can restrict is restricted; access bits are from Documentation/userspace-api/landlock.rst.
#include "lib/priv/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR_CREATE_RULESET 444
#define NR_ADD_RULE       445
#define NR_RESTRICT_SELF  446

#define CREATE_VERSION  1u
#define RULE_PATH       1
#define FS_WRITE_FILE   (1ull << 1)
#define FS_READ_FILE    (1ull << 2)
#define FS_READ_DIR     (1ull << 3)
#define FS_REMOVE_FILE  (1ull << 5)
#define FS_MAKE_REG     (1ull << 8)
#define FS_TRUNCATE     (1ull << 14)
#define NET_BIND_TCP    (1ull << 0)
#define NET_CONNECT_TCP (1ull << 1)
// abstract UNIX sockets and signals to processes outside. Signals from outside, such as the launcher's, still arrive.
#define SCOPE_ALL 3ull

#define FILE_READ  FS_READ_FILE
#define FILE_WRITE (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE)
// Daemons make, replace and remove plain files; no folders, links, devices or sockets.
#define FOLDER_READ  (FILE_READ | FS_READ_DIR)
#define FOLDER_WRITE (FILE_WRITE | FS_READ_DIR | FS_REMOVE_FILE | FS_MAKE_REG)

struct ruleset_attr {
    uint64_t handled_fs;
    uint64_t handled_net; // ABI 4
    uint64_t scoped;      // ABI 6
};

struct path_attr {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

static uint64_t handled_fs(int abi)
{
    static const unsigned bits_of_abi[] = {0, 13, 14, 15, 15, 16};
    unsigned bits = abi > 5 ? 16 : bits_of_abi[abi];

    return (1ull << bits) - 1;
}

static int create_ruleset(bool connects_tcp, struct ruleset_attr *ret_attr)
{
    long abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);
    struct ruleset_attr attr = {0};
    size_t size = sizeof(attr.handled_fs);
    long fd;

    if (abi < 1)
        return errno == EOPNOTSUPP || abi == 0 ? -ENOSYS : -errno;
    attr.handled_fs = handled_fs((int)abi);
    if (abi >= 4) {
        attr.handled_net = NET_BIND_TCP | (connects_tcp ? 0 : NET_CONNECT_TCP);
        size += sizeof(attr.handled_net);
    }
    if (abi >= 6) {
        attr.scoped = SCOPE_ALL;
        size += sizeof(attr.scoped);
    }
    fd = syscall(NR_CREATE_RULESET, &attr, size, 0);
    *ret_attr = attr;
    return fd < 0 ? -errno : (int)fd;
}

static int add_rule(int ruleset, uint64_t handled, const struct landlock_rule *rule)
{
    struct path_attr attr = {0};
    struct stat st;
    int r = 0;

    attr.parent_fd = open(rule->path, O_PATH | O_CLOEXEC);
    if (attr.parent_fd < 0)
        return -errno;
    if (fstat(attr.parent_fd, &st) < 0) {
        r = -errno;
        goto out;
    }
    if (S_ISDIR(st.st_mode))
        attr.allowed = rule->write ? FOLDER_WRITE : FOLDER_READ;
    else
        attr.allowed = rule->write ? FILE_WRITE : FILE_READ;
    attr.allowed &= handled;
    if (syscall(NR_ADD_RULE, ruleset, RULE_PATH, &attr, 0) < 0)
        r = -errno;
out:
    close(attr.parent_fd);
    return r;
}

int landlock_restrict(const struct landlock_rule *rules, bool connects_tcp)
{
    struct ruleset_attr attr = {0};
    int fd = create_ruleset(connects_tcp, &attr);
    int r = 0;

    if (fd < 0)
        return fd;
    for (; rules && rules->path && r == 0; rules++)
        r = add_rule(fd, attr.handled_fs, rules);
    if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        r = -errno;
    if (r == 0 && syscall(NR_RESTRICT_SELF, fd, 0) < 0)
        r = -errno;
    close(fd);
    return r;
}
