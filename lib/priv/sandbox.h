// What a process gives up, in this order: privileges, Landlock, seccomp. Every step fails closed.
#ifndef BULKHEAD_PRIV_SANDBOX_H
#define BULKHEAD_PRIV_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/priv/roles.h"

// Bounding set, supplementary groups, gid, uid, capabilities (the role's alone), no_new_privs, not dumpable; checks the
// outcome. -errno.
int priv_drop(const struct role_spec *role);

// A folder or file that stays reachable.
struct landlock_rule {
    const char *path;
    bool write; // else read only
};

// Everything else in the file system is out of reach, and TCP bind and connect where the ABI has it; `connects_tcp`
// leaves connect. Rules end with a NULL path; a path that does not exist is an error. -ENOSYS without Landlock (fatal
// for callers unless --allow-no-landlock).
int landlock_restrict(const struct landlock_rule *rules, bool connects_tcp);

// One allowed system call, with conditions on its arguments (all must hold; none: always allowed). The same call may
// stand in several rules: any of them lets it pass.
struct seccomp_condition {
    unsigned argument;
    unsigned long long mask; // compare (argument & mask) == value
    unsigned long long value;
};
struct seccomp_rule {
    int syscall; // __NR_..., or a negative libseccomp pseudo number
    unsigned conditions;
    struct seccomp_condition condition[3];
};

// Themes that daemons combine (data in lib/priv/seccomp_rules.c), each ends with SECCOMP_RULES_END.
#define SECCOMP_RULES_END (-12345)
extern const struct seccomp_rule seccomp_base[]; // memory, time, signals, exit, threads (clone filtered), getrandom
extern const struct seccomp_rule seccomp_event_loop[]; // libuv: epoll, eventfd, read, write, ioctl FIONBIO/FIOCLEX
extern const struct seccomp_rule
    seccomp_unix_client[]; // socket(AF_UNIX, SEQPACKET), connect, sendmsg, recvmsg, SO_PEERCRED
extern const struct seccomp_rule seccomp_unix_server[]; // accept4
extern const struct seccomp_rule seccomp_udp[]; // sendmsg, recvmsg, sendmmsg, recvmmsg, getsockname; no new sockets
extern const struct seccomp_rule
    seccomp_internet[]; // TCP and UDP sockets: socket(AF_INET, AF_INET6), connect, accept4; no bind
extern const struct seccomp_rule seccomp_path_mtu[]; // getsockopt, setsockopt of IP_MTU_DISCOVER, IPV6_MTU_DISCOVER
extern const struct seccomp_rule
    seccomp_files[]; // openat, fsync, rename, unlink, pread, pwrite, fcntl locks ... (Landlock bounds where)
extern const struct seccomp_rule
    seccomp_netlink[]; // socket(AF_NETLINK) of routes and netfilter, bind, sendto, recvfrom ...

enum seccomp_violation {
    SECCOMP_VIOLATION_KILL, // SECCOMP_RET_KILL_PROCESS
    SECCOMP_VIOLATION_TRAP, // for tests: names the missing system call on stderr, then exits with status 159
};

// Loads the filter made of `themes` (array of lists, NULL at the end) for all threads. clone3 answers ENOSYS. -errno.
int seccomp_restrict(const struct seccomp_rule *const *themes, enum seccomp_violation mode);

#endif
