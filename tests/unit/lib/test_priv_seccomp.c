// What the filters let pass and what they kill, each attempt in a forked child.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "lib/priv/sandbox.h"
#include "tests/unit/lib/forked.h"
#include "tests/unit/lib/run.h"

#define SURVIVED 99

// ike-d's themes; fw-d's are the netlink theme more.
static const struct seccomp_rule *const ike_themes[] = {seccomp_base,        seccomp_event_loop, seccomp_unix_client,
                                                        seccomp_unix_server, seccomp_udp,        NULL};
static const struct seccomp_rule *const pki_themes[] = {seccomp_base, seccomp_event_loop, seccomp_unix_server,
                                                        seccomp_files, NULL};
static const struct seccomp_rule *const fw_themes[] = {seccomp_base, seccomp_event_loop, seccomp_unix_server,
                                                       seccomp_netlink, NULL};

static void *page; // mapped before the filter
static int udp;    // open before the filter

static void try_execve(void)
{
    char *const argv[] = {"true", NULL};

    execve("/bin/true", argv, argv + 1);
}
static void try_execveat(void)
{
    syscall(SYS_execveat, AT_FDCWD, "/bin/true", NULL, NULL, 0);
}
static void try_ptrace(void)
{
    ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static void try_read_memory(void)
{
    struct iovec iov = {.iov_base = page, .iov_len = 1};

    process_vm_readv(getppid(), &iov, 1, &iov, 1, 0);
}
static void try_fork(void)
{
    syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}
static void try_thread_in_namespace(void)
{
    syscall(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWNET, NULL, NULL,
            NULL, NULL);
}
static void try_unshare(void)
{
    unshare(CLONE_NEWUSER);
}
static void try_kill_parent(void)
{
    kill(getppid(), 0);
}
static void try_tgkill_parent(void)
{
    syscall(SYS_tgkill, getppid(), getppid(), 0);
}
static void try_tkill(void)
{
    syscall(SYS_tkill, getppid(), 0);
}
static void try_open(void)
{
    (void)!open("/etc/passwd", O_RDONLY);
}
static void try_inet(void)
{
    socket(AF_INET, SOCK_DGRAM, 0);
}
static void try_raw(void)
{
    socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}
static void try_netlink(void)
{
    socket(AF_NETLINK, SOCK_RAW, 0);
}
static void try_packet(void)
{
    socket(AF_PACKET, SOCK_RAW, 0);
}
static void try_unix_stream(void)
{
    socket(AF_UNIX, SOCK_STREAM, 0);
}
static void try_unix_seqpacket(void)
{
    socket(AF_UNIX, SOCK_SEQPACKET, 0);
}
static void try_executable_map(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void try_executable_protect(void)
{
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
}
static void try_detach_filter(void)
{
    setsockopt(udp, SOL_SOCKET, 68, NULL, 0); // SO_DETACH_REUSEPORT_BPF
}
static void try_terminal_input(void)
{
    ioctl(STDIN_FILENO, TIOCSTI, "x");
}
static void try_tun(void)
{
    ioctl(STDIN_FILENO, 0x400454ca, NULL); // TUNSETIFF
}
static void try_io_uring(void)
{
    syscall(SYS_io_uring_setup, 1, NULL);
}
static void try_bpf(void)
{
    syscall(SYS_bpf, 0, NULL, 0);
}
static void try_dumpable(void)
{
    prctl(PR_SET_DUMPABLE, 1);
}
static void try_limits_of_parent(void)
{
    syscall(SYS_prlimit64, getppid(), 7, NULL, NULL);
}
static void try_setuid(void)
{
    syscall(SYS_setuid, 0);
}
static void try_mount(void)
{
    syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL);
}
static void try_keys(void)
{
    syscall(SYS_add_key, NULL, NULL, NULL, 0, 0);
}
static void try_mkdir(void)
{
    syscall(SYS_mkdirat, AT_FDCWD, "/tmp/x", 0700);
}

#define ATTEMPT(themes, name)                                                                                          \
    {                                                                                                                  \
        themes, try_##name, #themes " " #name                                                                          \
    }
static const struct attempt {
    const struct seccomp_rule *const *themes;
    void (*run)(void);
    const char *name;
} killed[] = {
    ATTEMPT(ike_themes, execve),
    ATTEMPT(ike_themes, execveat),
    ATTEMPT(ike_themes, ptrace),
    ATTEMPT(ike_themes, read_memory),
    ATTEMPT(ike_themes, fork),
    ATTEMPT(ike_themes, thread_in_namespace),
    ATTEMPT(ike_themes, unshare),
    ATTEMPT(ike_themes, kill_parent),
    ATTEMPT(ike_themes, tgkill_parent),
    ATTEMPT(ike_themes, tkill),
    ATTEMPT(ike_themes, open),
    ATTEMPT(ike_themes, inet),
    ATTEMPT(ike_themes, raw),
    ATTEMPT(ike_themes, netlink),
    ATTEMPT(ike_themes, packet),
    ATTEMPT(ike_themes, unix_stream),
    ATTEMPT(ike_themes, executable_map),
    ATTEMPT(ike_themes, executable_protect),
    ATTEMPT(ike_themes, detach_filter),
    ATTEMPT(ike_themes, terminal_input),
    ATTEMPT(ike_themes, tun),
    ATTEMPT(ike_themes, io_uring),
    ATTEMPT(ike_themes, bpf),
    ATTEMPT(ike_themes, dumpable),
    ATTEMPT(ike_themes, limits_of_parent),
    ATTEMPT(ike_themes, setuid),
    ATTEMPT(ike_themes, mount),
    ATTEMPT(ike_themes, keys),
    ATTEMPT(pki_themes, inet),
    ATTEMPT(pki_themes, unix_seqpacket),
    ATTEMPT(pki_themes, netlink),
    ATTEMPT(pki_themes, execve),
    ATTEMPT(pki_themes, mkdir),
    ATTEMPT(fw_themes, inet),
    ATTEMPT(fw_themes, raw),
    ATTEMPT(fw_themes, packet),
    ATTEMPT(fw_themes, detach_filter),
    ATTEMPT(fw_themes, open),
    ATTEMPT(fw_themes, execve),
};

static int attempt(const void *arg)
{
    const struct attempt *a = arg;

    STEP_CHECK(1, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    STEP_CHECK(2, seccomp_restrict(a->themes, SECCOMP_VIOLATION_KILL) == 0);
    a->run();
    return SURVIVED;
}

START_TEST(forbidden_calls_kill)
{
    check_signal(forked(attempt, &killed[_i]), SIGSYS, killed[_i].name);
}
END_TEST

static int trap(const void *arg)
{
    (void)arg;
    STEP_CHECK(1, seccomp_restrict(ike_themes, SECCOMP_VIOLATION_TRAP) == 0);
    try_execve();
    return SURVIVED;
}

START_TEST(the_test_mode_names_the_call)
{
    struct ended ended = forked(trap, NULL);

    check_exit(ended, 159);
    ck_assert_ptr_nonnull(strstr(ended.said, "missing system call execve\n"));
}
END_TEST

static void *in_thread(void *arg)
{
    char *memory = malloc(300000); // an arena of its own

    memset(memory, 1, 300000);
    free(memory);
    prctl(PR_SET_NAME, "worker");
    return arg;
}

static int daily_work(const void *arg)
{
    struct timespec now, pause = {.tv_nsec = 1000};
    pthread_t thread;
    char byte;
    int fd;

    (void)arg;
    STEP_CHECK(1, seccomp_restrict(ike_themes, SECCOMP_VIOLATION_KILL) == 0);
    STEP_CHECK(2, pthread_create(&thread, NULL, in_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
    STEP_CHECK(3, syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS);
    STEP_CHECK(4, getrandom(&byte, 1, 0) == 1);
    STEP_CHECK(5, syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0 && nanosleep(&pause, NULL) == 0);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    STEP_CHECK(6, fd >= 0);
    STEP_CHECK(7, ioctl(fd, FIONBIO, &(int){1}) == 0);
    STEP_CHECK(8, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    STEP_CHECK(9, kill(getpid(), 0) == 0 && close(fd) == 0);
    return 0;
}

START_TEST(daily_work_passes)
{
    check_exit(forked(daily_work, NULL), 0);
}
END_TEST

static int keep_files(const void *arg)
{
    char path[] = "/tmp/bulkhead-seccomp-XXXXXX";
    char byte = 'x';
    int fd;

    (void)arg;
    STEP_CHECK(1, seccomp_restrict(pki_themes, SECCOMP_VIOLATION_KILL) == 0);
    fd = mkostemp(path, O_CLOEXEC);
    STEP_CHECK(2, fd >= 0 && pwrite(fd, &byte, 1, 0) == 1 && fdatasync(fd) == 0 && ftruncate(fd, 0) == 0);
    STEP_CHECK(3, unlink(path) == 0 && close(fd) == 0);
    return 0;
}

static int speak_netlink(const void *arg)
{
    (void)arg;
    STEP_CHECK(1, seccomp_restrict(fw_themes, SECCOMP_VIOLATION_KILL) == 0);
    STEP_CHECK(2, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0);
    return 0;
}

START_TEST(themes_give_what_they_say)
{
    check_exit(forked(keep_files, NULL), 0);
    check_exit(forked(speak_netlink, NULL), 0);
}
END_TEST

static int end_by_abort(const void *arg)
{
    (void)arg;
    STEP_CHECK(1, seccomp_restrict(ike_themes, SECCOMP_VIOLATION_KILL) == 0);
    signal(SIGABRT, SIG_DFL);
    abort();
}

START_TEST(abort_is_seen_as_abort)
{
    check_signal(forked(end_by_abort, NULL), SIGABRT, "abort");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("seccomp");

    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    tcase_add_loop_test(tcase, forbidden_calls_kill, 0, (int)RUN_COUNT(killed));
    tcase_add_test(tcase, the_test_mode_names_the_call);
    tcase_add_test(tcase, daily_work_passes);
    tcase_add_test(tcase, themes_give_what_they_say);
    tcase_add_test(tcase, abort_is_seen_as_abort);
    return run_case(tcase);
}
