// Readiness: only READY=1 counts, and the kernel says whose it is.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher/notify.h"
#include "tests/unit/lib/run.h"

static int fd, sender;
static char path[64];

static void set_up(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(path, sizeof(path), "/tmp/bulkhead-notify-%d", (int)getpid());
    fd = notify_open(path);
    ck_assert_int_ge(fd, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(sender, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void tear_down(void)
{
    close(sender);
    close(fd);
    unlink(path);
}

START_TEST(takes_ready_alone)
{
    static const struct {
        const char *text;
        int want;
    } cases[] = {
        {"READY=1", 1},    {"READY=1\n", 1}, {"READY=1\nSTATUS=fine\n", 1},
        {"READY=0", 0},    {"READY=12", 0},  {"READY=", 0},
        {"STOPPING=1", 0}, {"x", 0},         {"", 0},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct ucred cred = {.pid = -1};

        ck_assert_int_ge(send(sender, cases[i].text, strlen(cases[i].text), 0), 0);
        ck_assert_msg(notify_receive(fd, &cred) == cases[i].want, "\"%s\"", cases[i].text);
        ck_assert_int_eq(cred.pid, cases[i].want ? getpid() : -1);
        ck_assert_int_eq(notify_receive(fd, &cred), -EAGAIN);
    }
}
END_TEST

START_TEST(takes_no_descriptors)
{
    struct iovec iov = {.iov_base = (void *)"READY=1", .iov_len = 7};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct ucred cred;
    int before, after;

    control.header =
        (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    before = dup(0);
    ck_assert_int_gt(sendmsg(sender, &msg, 0), 0);
    ck_assert_int_eq(notify_receive(fd, &cred), 1);
    after = dup(0);
    ck_assert_int_eq(after, before + 1); // no number between was taken
    close(before);
    close(after);
}
END_TEST

START_TEST(only_root_may_connect)
{
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("notify");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, takes_ready_alone);
    tcase_add_test(tcase, takes_no_descriptors);
    tcase_add_test(tcase, only_root_may_connect);
    return run_case(tcase);
}
