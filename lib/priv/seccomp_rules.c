// The system calls that each theme needs, with conditions where an argument tells harmless from harmful. Numbers by
// name; those that an architecture lacks are left out when the filter is made.
#include "lib/priv/sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <linux/netlink.h>

#define WHOLE (~0ull)
// An int argument: the kernel looks at 32 bits, and so must we.
#define INT 0xffffffffull

#define ALLOW(name)                                                                                                    \
    {                                                                                                                  \
        .syscall = SCMP_SYS(name)                                                                                      \
    }
#define ALLOW_IF(name, arg, bits, value)                                                                               \
    {                                                                                                                  \
        .syscall = SCMP_SYS(name), .conditions = 1, .condition = { {arg, bits, value} }                                \
    }
#define ALLOW_IF2(name, arg1, bits1, value1, arg2, bits2, value2)                                                      \
    {                                                                                                                  \
        .syscall = SCMP_SYS(name), .conditions = 2, .condition = { {arg1, bits1, value1}, {arg2, bits2, value2} }      \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        .syscall = SECCOMP_RULES_END                                                                                   \
    }

// What a thread of this process shares, and no new namespace: anything else is a new process.
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define NAMESPACE_FLAGS                                                                                                \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

// kill, tgkill and rt_tgsigqueueinfo are allowed towards the process itself by seccomp_restrict, which knows its id.
const struct seccomp_rule seccomp_base[] = {
    // memory, never executable
    ALLOW(brk),
    ALLOW_IF(mmap, 2, PROT_EXEC, 0),
    ALLOW_IF(mprotect, 2, PROT_EXEC, 0),
    ALLOW(munmap),
    ALLOW(mremap),
    ALLOW(madvise),
    ALLOW(mlock),
    ALLOW(mlock2),
    ALLOW(munlock),
    // time
    ALLOW(clock_gettime),
    ALLOW(clock_getres),
    ALLOW(clock_nanosleep),
    ALLOW(nanosleep),
    ALLOW(gettimeofday),
    ALLOW(time),
    // signals
    ALLOW(rt_sigaction),
    ALLOW(rt_sigprocmask),
    ALLOW(rt_sigreturn),
    ALLOW(sigaltstack),
    ALLOW(restart_syscall),
    // threads
    ALLOW_IF(clone, 0, THREAD_FLAGS | NAMESPACE_FLAGS, THREAD_FLAGS),
    ALLOW(futex),
    ALLOW(set_robust_list),
    ALLOW(rseq),
    ALLOW(sched_yield),
    ALLOW(sched_getaffinity),
    ALLOW_IF(prctl, 0, INT, PR_SET_NAME),
    ALLOW(exit),
    ALLOW(exit_group),
    // who and what we are
    ALLOW(getpid),
    ALLOW(gettid),
    ALLOW(getppid),
    ALLOW(getuid),
    ALLOW(geteuid),
    ALLOW(getgid),
    ALLOW(getegid),
    ALLOW(getrandom),
    ALLOW(getrusage),
    ALLOW(sysinfo),                               // qsort of the C library asks for the memory size
    ALLOW_IF2(prlimit64, 0, INT, 0, 2, WHOLE, 0), // read one's own
    ALLOW(getrlimit),
    // descriptors that are open already
    ALLOW(read),
    ALLOW(write),
    ALLOW(readv),
    ALLOW(writev),
    ALLOW(close),
    ALLOW(lseek),
    ALLOW(fstat),
    ALLOW_IF(newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH), // fstat of the C library
    END,
};

const struct seccomp_rule seccomp_event_loop[] = {
    ALLOW(epoll_create1),
    ALLOW(epoll_ctl),
    ALLOW(epoll_wait),
    ALLOW(epoll_pwait),
    ALLOW(eventfd2),
    ALLOW(poll),
    ALLOW(ppoll),
    ALLOW_IF(ioctl, 1, INT, FIONBIO),
    ALLOW_IF(ioctl, 1, INT, FIOCLEX),
    END,
};

#define SOCKPAIR_OF_EDGES                                                                                              \
    ALLOW(sendmsg), ALLOW(recvmsg), ALLOW(shutdown), ALLOW_IF2(getsockopt, 1, INT, SOL_SOCKET, 2, INT, SO_PEERCRED)

// A socket's second argument without the flags that come along with it.
#define SOCKET_KIND (INT & ~(unsigned long long)(SOCK_CLOEXEC | SOCK_NONBLOCK))

const struct seccomp_rule seccomp_unix_client[] = {
    ALLOW_IF2(socket, 0, INT, AF_UNIX, 1, SOCKET_KIND, SOCK_SEQPACKET),
    ALLOW(connect),
    SOCKPAIR_OF_EDGES,
    END,
};

const struct seccomp_rule seccomp_unix_server[] = {
    ALLOW(accept4),
    SOCKPAIR_OF_EDGES,
    END,
};

const struct seccomp_rule seccomp_udp[] = {
    ALLOW(sendmsg), ALLOW(recvmsg), ALLOW(sendmmsg), ALLOW(recvmmsg), ALLOW(getsockname), END,
};

const struct seccomp_rule seccomp_internet[] = {
    ALLOW_IF2(socket, 0, INT, AF_INET, 1, SOCKET_KIND, SOCK_STREAM),
    ALLOW_IF2(socket, 0, INT, AF_INET, 1, SOCKET_KIND, SOCK_DGRAM),
    ALLOW_IF2(socket, 0, INT, AF_INET6, 1, SOCKET_KIND, SOCK_STREAM),
    ALLOW_IF2(socket, 0, INT, AF_INET6, 1, SOCKET_KIND, SOCK_DGRAM),
    ALLOW(connect),
    ALLOW(accept4),
    ALLOW(shutdown),
    ALLOW(sendto),
    ALLOW(recvfrom),
    ALLOW(sendmsg),
    ALLOW(recvmsg),
    ALLOW(getsockname),
    ALLOW(getpeername),
    ALLOW_IF2(getsockopt, 1, INT, SOL_SOCKET, 2, INT, SO_ERROR),
    ALLOW_IF2(setsockopt, 1, INT, IPPROTO_TCP, 2, INT, TCP_NODELAY),
    END,
};

const struct seccomp_rule seccomp_path_mtu[] = {
    ALLOW_IF2(setsockopt, 1, INT, IPPROTO_IP, 2, INT, IP_MTU_DISCOVER),
    ALLOW_IF2(setsockopt, 1, INT, IPPROTO_IPV6, 2, INT, IPV6_MTU_DISCOVER),
    ALLOW_IF2(getsockopt, 1, INT, IPPROTO_IP, 2, INT, IP_MTU_DISCOVER),
    ALLOW_IF2(getsockopt, 1, INT, IPPROTO_IPV6, 2, INT, IPV6_MTU_DISCOVER),
    END,
};

const struct seccomp_rule seccomp_files[] = {
    ALLOW(open),
    ALLOW(openat),
    ALLOW(pread64),
    ALLOW(pwrite64),
    ALLOW(preadv),
    ALLOW(pwritev),
    ALLOW(fsync),
    ALLOW(fdatasync),
    ALLOW(ftruncate),
    ALLOW(fallocate),
    ALLOW(flock),
    ALLOW_IF(fcntl, 1, INT, F_GETFD),
    ALLOW_IF(fcntl, 1, INT, F_SETFD),
    ALLOW_IF(fcntl, 1, INT, F_GETFL),
    ALLOW_IF(fcntl, 1, INT, F_SETFL),
    ALLOW_IF(fcntl, 1, INT, F_GETLK),
    ALLOW_IF(fcntl, 1, INT, F_SETLK),
    ALLOW_IF(fcntl, 1, INT, F_SETLKW),
    ALLOW_IF(fcntl, 1, INT, F_OFD_GETLK),
    ALLOW_IF(fcntl, 1, INT, F_OFD_SETLK),
    ALLOW_IF(fcntl, 1, INT, F_OFD_SETLKW),
    ALLOW_IF(fcntl, 1, INT, F_DUPFD_CLOEXEC),
    ALLOW(stat),
    ALLOW(lstat),
    ALLOW(newfstatat),
    ALLOW(statx),
    ALLOW(access),
    ALLOW(faccessat),
    ALLOW(faccessat2),
    ALLOW(readlink),
    ALLOW(readlinkat),
    ALLOW(getcwd),
    ALLOW(getdents64),
    ALLOW(rename),
    ALLOW(renameat),
    ALLOW(renameat2),
    ALLOW(unlink),
    ALLOW(unlinkat),
    ALLOW(fchmod),
    ALLOW(umask),
    END,
};

const struct seccomp_rule seccomp_netlink[] = {
    ALLOW_IF2(socket, 0, INT, AF_NETLINK, 2, INT, NETLINK_ROUTE),
    ALLOW_IF2(socket, 0, INT, AF_NETLINK, 2, INT, NETLINK_NETFILTER),
    ALLOW(bind),
    ALLOW(sendto),
    ALLOW(recvfrom),
    ALLOW(sendmsg),
    ALLOW(recvmsg),
    ALLOW(getsockname),
    ALLOW_IF(setsockopt, 1, INT, SOL_NETLINK),
    ALLOW_IF2(setsockopt, 1, INT, SOL_SOCKET, 2, INT, SO_RCVBUF),
    ALLOW_IF2(setsockopt, 1, INT, SOL_SOCKET, 2, INT, SO_SNDBUF),
    ALLOW_IF2(setsockopt, 1, INT, SOL_SOCKET, 2, INT, SO_RCVBUFFORCE),
    ALLOW_IF2(setsockopt, 1, INT, SOL_SOCKET, 2, INT, SO_SNDBUFFORCE),
    END,
};
