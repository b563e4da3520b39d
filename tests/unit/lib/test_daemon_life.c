// A daemon's whole life in a forked child: folders, drop, sandbox, readiness, stop. Needs root.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "lib/core/log.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/folder.h"
#include "lib/daemon/parent.h"
#include "lib/daemon/readiness.h"
#include "tests/unit/lib/forked.h"
#include "tests/unit/lib/run.h"

#define UID_BASE "61000"
#define UID_PKI  61004

static char folder[64];
static int notify_fd;

static void set_up(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int on = 1;

    ck_assert_msg(geteuid() == 0, "this test needs root");
    snprintf(folder, sizeof(folder), "/tmp/bulkhead-life-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", folder);
    notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(notify_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(setsockopt(notify_fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

static void tear_down(void)
{
    char command[96];

    unsetenv("NOTIFY_SOCKET");
    close(notify_fd);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0); // NOLINT: a fixed name of ours
}

static const char *path_of(const char *part)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, part);
    return path;
}

// What a daemon under test does at its callbacks.
struct subject {
    int fail_step; // 1: open, 2: start
    bool look_around;
    bool stopped;
};

static int on_open(struct daemon *daemon)
{
    const struct subject *subject = daemon->self;

    return subject->fail_step == 1 ? -EADDRINUSE : 0;
}

static void on_landlock(struct daemon *daemon, struct landlock_rule *ret_rules)
{
    ret_rules[0] = (struct landlock_rule){.path = daemon->state_dir, .write = true};
}

static int on_start(struct daemon *daemon)
{
    struct subject *subject = daemon->self;
    char path[4200];
    int fd;

    if (subject->fail_step == 2)
        return -EIO;
    if (!subject->look_around)
        return 0;
    snprintf(path, sizeof(path), "%s/file", daemon->state_dir);
    fd = open(path, O_WRONLY | O_CREAT, 0666);
    if (fd < 0 || close(fd) < 0)
        return -ENOENT;
    return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES && getuid() == UID_PKI ? 0 : -EPERM;
}

static void on_stop(struct daemon *daemon)
{
    struct subject *subject = daemon->self;

    subject->stopped = true;
}

static int live(const void *arg)
{
    static const struct seccomp_rule *const themes[] = {seccomp_base, seccomp_event_loop, seccomp_unix_server,
                                                        seccomp_files, NULL};
    struct subject subject = *(const struct subject *)arg;
    const struct daemon_spec spec = {.role = ROLE_PKI,
                                     .self = &subject,
                                     .seccomp = themes,
                                     .open = on_open,
                                     .landlock = on_landlock,
                                     .start = on_start,
                                     .stop = on_stop};
    char run[80], state[80];
    char *argv[] = {
        (char *)"pki-d",       (char *)"--run", run, (char *)"--state", state, (char *)"--uid-base", (char *)UID_BASE,
        (char *)"--log-level", (char *)"error", NULL};
    int status;

    snprintf(run, sizeof(run), "%s/r/un", folder);
    snprintf(state, sizeof(state), "%s/state", folder);
    status = daemon_main(&spec, 9, argv);
    if (status != EXIT_SUCCESS)
        return status;
    return subject.stopped ? EXIT_SUCCESS : 50;
}

// Waits for READY=1 and asks its sender to stop.
static void *stop_when_ready(struct ucred *ret_sender)
{
    char text[32] = "", control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec iov = {.iov_base = text, .iov_len = sizeof(text) - 1};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};

    if (recvmsg(notify_fd, &msg, 0) < 0 || strcmp(text, "READY=1\n") != 0)
        return NULL;
    memcpy(ret_sender, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(*ret_sender));
    kill(ret_sender->pid, SIGTERM);
    return ret_sender;
}

static pid_t spawn(const struct subject *subject)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(live(subject));
    ck_assert_int_gt(pid, 0);
    return pid;
}

START_TEST(lives_and_stops)
{
    struct subject subject = {.look_around = true};
    struct ended ended = {0};
    pid_t pid = spawn(&subject);
    struct ucred sender = {0};
    struct stat st;

    ck_assert_ptr_nonnull(stop_when_ready(&sender));
    ck_assert_int_eq(sender.pid, pid);
    ck_assert_uint_eq(sender.uid, UID_PKI);
    ck_assert_int_eq(waitpid(pid, &ended.status, 0), pid);
    check_exit(ended, EXIT_SUCCESS);
    ck_assert_int_eq(stat(path_of("state/pki-d"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    ck_assert_uint_eq(st.st_uid, UID_PKI);
    ck_assert_int_eq(stat(path_of("state/pki-d/file"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600); // umask 077
    ck_assert_int_eq(stat(path_of("r/un/pki-d"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0755);
    ck_assert_uint_eq(st.st_uid, 0);
    ck_assert_int_eq(stat(path_of("r/un/pki-d/ike-d.sock"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(st.st_uid, UID_PKI - ROLE_PKI + ROLE_IKE); // who may connect
    ck_assert_int_eq(stat(path_of("r/un/pki-d/api-d.sock"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(st.st_uid, UID_PKI - ROLE_PKI + ROLE_API);
}
END_TEST

START_TEST(a_failed_step_ends_it)
{
    for (int step = 1; step <= 2; step++) {
        struct subject subject = {.fail_step = step};
        struct ended ended = forked(live, &subject);

        check_exit(ended, EXIT_FAILURE);
        ck_assert_msg(strstr(ended.said, step == 1 ? "step=open" : "step=start") != NULL, "%s", ended.said);
    }
}
END_TEST

START_TEST(folders_out_of_reach_are_named)
{
    struct subject subject = {0};
    struct ended ended;

    ck_assert_int_eq(chmod(folder, 0700), 0);
    ended = forked(live, &subject);
    check_exit(ended, EXIT_FAILURE);
    ck_assert_msg(strstr(ended.said, "folder_out_of_reach") != NULL, "%s", ended.said);
}
END_TEST

static int without_root(const void *arg)
{
    if (setuid(UID_PKI) < 0)
        return 51;
    return live(arg);
}

START_TEST(root_is_needed)
{
    struct subject subject = {0};
    struct ended ended = forked(without_root, &subject);

    check_exit(ended, EXIT_FAILURE);
    ck_assert_msg(strstr(ended.said, "must be started as root") != NULL, "%s", ended.said);
}
END_TEST

START_TEST(a_launcher_that_is_gone_ends_it)
{
    struct subject subject = {0};
    struct ended ended;

    setenv(PARENT_VARIABLE, "1", 1); // not our process id
    ended = forked(live, &subject);
    unsetenv(PARENT_VARIABLE);
    check_exit(ended, EXIT_FAILURE);
    ck_assert_msg(strstr(ended.said, "step=parent") != NULL, "%s", ended.said);
}
END_TEST

START_TEST(folders_are_taken_over_but_no_links)
{
    struct stat st;

    ck_assert_int_eq(folder_make_path(path_of("a/b/c")), 0);
    ck_assert_int_eq(folder_make_path(path_of("a/b/c")), 0);
    ck_assert_int_eq(folder_make_owned(path_of("a/b/c"), 1234, 1235, 0750), 0);
    ck_assert_int_eq(stat(path_of("a/b/c"), &st), 0);
    ck_assert(st.st_uid == 1234 && st.st_gid == 1235 && (st.st_mode & 07777) == 0750);
    ck_assert_int_eq(symlink("/etc", path_of("a/link")), 0);
    ck_assert_int_eq(folder_make_owned(path_of("a/link"), 1234, 1235, 0750), -ENOTDIR);
    ck_assert_int_eq(folder_make_path(path_of("notify/x")), -ENOTDIR);
}
END_TEST

START_TEST(readiness_is_for_those_who_ask)
{
    unsetenv("NOTIFY_SOCKET");
    ck_assert_int_eq(readiness_open(), -ENOENT);
    ck_assert_int_eq(readiness_send(-ENOENT), 0);
    setenv("NOTIFY_SOCKET", "relative", 1);
    ck_assert_int_eq(readiness_open(), -EINVAL);
    setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
    ck_assert_int_eq(readiness_open(), -ENOENT);
    ck_assert_ptr_null(getenv("NOTIFY_SOCKET")); // children must not inherit it
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("life");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, lives_and_stops);
    tcase_add_test(tcase, a_failed_step_ends_it);
    tcase_add_test(tcase, folders_out_of_reach_are_named);
    tcase_add_test(tcase, root_is_needed);
    tcase_add_test(tcase, a_launcher_that_is_gone_ends_it);
    tcase_add_test(tcase, folders_are_taken_over_but_no_links);
    tcase_add_test(tcase, readiness_is_for_those_who_ask);
    return run_case(tcase);
}
