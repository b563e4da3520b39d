// Tries what a taken daemon would try. Three ways:
//
//     sandbox_probe roles                           the role table: name, uid, capabilities
//     sandbox_probe as WHO LAYERS ATTEMPT [ARG]     a process like that role (or uid): LAYERS is uid, landlock or all
//     sandbox_probe inside PID ATTEMPT [ARG]        makes that running daemon itself do the system call (needs root)
//
// and says in one word how it ended: the errno's name, SIGSYS, "refused" (an edge that hangs up), or "done".
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>

#include "lib/core/log.h"
#include "lib/priv/sandbox.h"

#define STATUS_DONE    0
#define STATUS_REFUSED 200 // below: the errno
#define STATUS_BROKEN  201 // the probe itself

#define EDGE_WAIT_MS 500

// One attempt as a function (in a process of ours) and as a system call (inside a daemon).
struct attempt {
    const char *name;
    int (*run)(const char *arg); // 0, an errno, or STATUS_REFUSED; NULL: not in a process of ours
    long number;
    unsigned long arguments[4]; // ARG_TEXT: address of the text, ARG_NUMBER: the number it says
};
#define ARG_TEXT   0xa1a1a1a1ul
#define ARG_NUMBER 0xa2a2a2a2ul

static int closed_or(int fd, int r)
{
    if (fd >= 0)
        close(fd);
    return r;
}

// An edge answers strangers by hanging up.
static int try_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct pollfd waiting = {.events = POLLIN};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    char byte;

    if (fd < 0)
        return errno;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return closed_or(fd, errno);
    waiting.fd = fd;
    if (poll(&waiting, 1, EDGE_WAIT_MS) > 0 && read(fd, &byte, 1) <= 0)
        return closed_or(fd, STATUS_REFUSED);
    return closed_or(fd, STATUS_DONE);
}

static int try_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? errno : closed_or(fd, STATUS_DONE);
}

static int try_tun(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return errno;
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    return closed_or(fd, ioctl(fd, TUNSETIFF, &request) < 0 ? errno : STATUS_DONE);
}

static int try_inet(const char *arg)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)arg;
    return fd < 0 ? errno : closed_or(fd, STATUS_DONE);
}

static int try_raw(const char *arg)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

    (void)arg;
    return fd < 0 ? errno : closed_or(fd, STATUS_DONE);
}

static int try_ptrace(const char *pid)
{
    return ptrace(PTRACE_ATTACH, (pid_t)atoi(pid), NULL, NULL) < 0 ? errno : STATUS_DONE;
}

static int try_kill(const char *pid)
{
    return kill((pid_t)atoi(pid), 0) < 0 ? errno : STATUS_DONE;
}

static int try_execve(const char *path)
{
    char *const argv[] = {(char *)path, NULL};

    execve(path, argv, argv + 1);
    return errno;
}

static const struct attempt attempts[] = {
    {"connect", try_connect, -1, {0}},
    {"read", try_read, SYS_openat, {(unsigned long)AT_FDCWD, ARG_TEXT, O_RDONLY, 0}},
    {"tun", try_tun, SYS_ioctl, {0, TUNSETIFF, ARG_TEXT, 0}},
    {"inet", try_inet, SYS_socket, {AF_INET, SOCK_DGRAM, 0, 0}},
    {"raw", try_raw, SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP, 0}},
    {"ptrace", try_ptrace, SYS_ptrace, {PTRACE_ATTACH, ARG_NUMBER, 0, 0}},
    {"kill", try_kill, SYS_kill, {ARG_NUMBER, 0, 0, 0}},
    {"execve", try_execve, SYS_execve, {ARG_TEXT, 0, 0, 0}},
    // inside alone, with descriptor 3, the epoll instance: the filter looks before the kernel does
    {"unix", NULL, SYS_socket, {AF_UNIX, SOCK_SEQPACKET, 0, 0}},
    {"unix_datagram", NULL, SYS_socket, {AF_UNIX, SOCK_DGRAM, 0, 0}},
    {"generic_netlink", NULL, SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, 0}},
    {"detach_reuseport", NULL, SYS_setsockopt, {3, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0}},
    {"executable", NULL, SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS}},
    {"fork", NULL, SYS_clone, {SIGCHLD, 0, 0, 0}},
    {"namespace", NULL, SYS_unshare, {CLONE_NEWUSER, 0, 0, 0}},
    {"clone3", NULL, SYS_clone3, {0, 0, 0, 0}},
    {"dumpable", NULL, SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0}},
    {"io_uring", NULL, SYS_io_uring_setup, {1, ARG_TEXT, 0, 0}},
};

static const struct attempt *find_attempt(const char *name)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
        if (strcmp(attempts[i].name, name) == 0)
            return &attempts[i];
    fprintf(stderr, "sandbox_probe: unknown attempt %s\n", name);
    exit(STATUS_BROKEN);
}

static void print_errno(int error)
{
    puts(error == STATUS_DONE ? "done" : error == STATUS_REFUSED ? "refused" : strerrorname_np(error));
}

// --- a process like a role
// ---------------------------------------------------------------------------------------------

// The filter of a role: what its main.c takes (ike-d, pki-d); the running daemons' own are tried by `inside`.
static const struct seccomp_rule *const *themes_of(enum role role)
{
    static const struct seccomp_rule *const ike[] = {seccomp_base,        seccomp_event_loop, seccomp_unix_client,
                                                     seccomp_unix_server, seccomp_udp,        NULL};
    static const struct seccomp_rule *const pki[] = {seccomp_base, seccomp_event_loop, seccomp_unix_server,
                                                     seccomp_files, NULL};

    return role == ROLE_PKI ? pki : ike;
}

static int become_uid(uid_t uid)
{
    return setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0 ? -errno : 0;
}

static int become(const char *who, const char *layers)
{
    const struct role_spec *role = role_find_by_name(who);
    int r = role ? priv_drop(role) : become_uid((uid_t)atoi(who));

    if (r == 0 && strcmp(layers, "uid") != 0)
        r = landlock_restrict(NULL, false);
    if (r == 0 && strcmp(layers, "all") == 0)
        r = seccomp_restrict(themes_of(role ? role->role : ROLE_IKE), SECCOMP_VIOLATION_KILL);
    return r;
}

static int run_as(const char *who, const char *layers, const struct attempt *attempt, const char *arg)
{
    int status;
    pid_t pid;

    if (!attempt->run)
        return STATUS_BROKEN;
    pid = fork();
    if (pid == 0) {
        int r = become(who, layers);

        if (r < 0)
            fprintf(stderr, "sandbox_probe: can't become %s: %s\n", who, strerror(-r));
        _exit(r < 0 ? STATUS_BROKEN : attempt->run(arg));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_BROKEN))
        return STATUS_BROKEN;
    if (WIFSIGNALED(status))
        printf("SIG%s\n", sigabbrev_np(WTERMSIG(status)));
    else
        print_errno(WEXITSTATUS(status));
    return 0;
}

// --- inside a running daemon
// -------------------------------------------------------------------------------------------

#ifndef __x86_64__
#error "the registers of a system call are written down for x86-64 alone"
#endif

// Below the red zone of the stack that the daemon sleeps on (System V ABI 3.2.2).
#define RED_ZONE_BYTES 128u
#define TEXT_MAX       256u

static unsigned long argument(unsigned long value, unsigned long text_at, const char *arg)
{
    if (value == ARG_TEXT)
        return text_at;
    return value == ARG_NUMBER ? (unsigned long)atol(arg) : value;
}

// The daemon sleeps in epoll_wait, its instruction pointer right behind a `syscall`: that one is used again.
static int set_registers(pid_t pid, const struct attempt *attempt, const char *arg)
{
    struct user_regs_struct regs;
    char text[TEXT_MAX] = "";
    struct iovec local = {.iov_base = text, .iov_len = sizeof(text)}, remote = {.iov_len = sizeof(text)};
    unsigned long text_at;

    if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
        return -errno;
    if ((ptrace(PTRACE_PEEKTEXT, pid, regs.rip - 2, NULL) & 0xffff) != 0x050f)
        return -EAGAIN; // not asleep in a system call just now
    text_at = (regs.rsp - RED_ZONE_BYTES - TEXT_MAX) & ~15ul;
    snprintf(text, sizeof(text), "%s", arg);
    remote.iov_base = (void *)text_at; // NOLINT(performance-no-int-to-ptr): an address of the other process
    if (process_vm_writev(pid, &local, 1, &remote, 1, 0) != (ssize_t)sizeof(text))
        return -errno;
    regs.rip -= 2;
    regs.orig_rax = ~0ul; // no system call to be restarted
    regs.rax = (unsigned long)attempt->number;
    regs.rdi = argument(attempt->arguments[0], text_at, arg);
    regs.rsi = argument(attempt->arguments[1], text_at, arg);
    regs.rdx = argument(attempt->arguments[2], text_at, arg);
    regs.r10 = argument(attempt->arguments[3], text_at, arg);
    return ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0 ? -errno : 0;
}

// One step is the system call. What comes back is its outcome; the daemon goes on as if it had been interrupted.
static int step_once(pid_t pid, const struct user_regs_struct *before)
{
    struct user_regs_struct regs;
    int status;

    if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) < 0 || waitpid(pid, &status, __WALL) != pid)
        return STATUS_BROKEN;
    if (WIFSIGNALED(status)) {
        printf("SIG%s\n", sigabbrev_np(WTERMSIG(status)));
        return 0;
    }
    if (!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
        return STATUS_BROKEN;
    print_errno((long)regs.rax < 0 ? (int)-(long)regs.rax : STATUS_DONE);
    regs = *before;
    regs.orig_rax = ~0ul;
    regs.rax = (unsigned long)-EINTR;
    ptrace(PTRACE_SETREGS, pid, NULL, &regs);
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return 0;
}

// Once; -EAGAIN when the daemon was busy.
static int try_inside(pid_t pid, const struct attempt *attempt, const char *arg)
{
    struct user_regs_struct before;
    int status, r;

    if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
        return -errno;
    if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
        return -ESRCH;
    r = ptrace(PTRACE_GETREGS, pid, NULL, &before) < 0 ? -errno : set_registers(pid, attempt, arg);
    if (r == 0)
        return step_once(pid, &before);
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return r;
}

static int run_inside(pid_t pid, const struct attempt *attempt, const char *arg)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    int r = -EAGAIN;

    for (int i = 0; i < 100 && r == -EAGAIN && attempt->number >= 0; i++) {
        r = try_inside(pid, attempt, arg);
        if (r == -EAGAIN)
            nanosleep(&pause, NULL);
    }
    if (r < 0)
        fprintf(stderr, "sandbox_probe: inside: %s\n", strerror(-r));
    return r ? STATUS_BROKEN : 0;
}

// --- the table
// ---------------------------------------------------------------------------------------------------------

static int print_roles(void)
{
    for (enum role role = ROLE_IKE; role < ROLE_COUNT; role++) {
        const struct role_spec *spec = role_find(role);

        printf("%s %u %016llx\n", spec->name, (unsigned)role_uid(role), (unsigned long long)spec->capabilities);
    }
    return 0;
}

int main(int argc, char **argv)
{
    log_init("sandbox_probe", LOG_LEVEL_WARNING, LOG_FORMAT_TEXT);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (roles_resolve(ROLE_UID_BASE_DEFAULT) < 0)
        return STATUS_BROKEN;
    if (argc == 2 && strcmp(argv[1], "roles") == 0)
        return print_roles();
    if ((argc == 5 || argc == 6) && strcmp(argv[1], "as") == 0)
        return run_as(argv[2], argv[3], find_attempt(argv[4]), argc == 6 ? argv[5] : "");
    if ((argc == 4 || argc == 5) && strcmp(argv[1], "inside") == 0)
        return run_inside((pid_t)atoi(argv[2]), find_attempt(argv[3]), argc == 5 ? argv[4] : "");
    fprintf(stderr, "usage: sandbox_probe roles | as WHO LAYERS ATTEMPT [ARG] | inside PID ATTEMPT [ARG]\n");
    return STATUS_BROKEN;
}
