// What stays reachable under Landlock, in a forked child.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "lib/priv/sandbox.h"
#include "tests/unit/lib/forked.h"
#include "tests/unit/lib/run.h"

static char folder[64]; // of this test: writable/, readable/, other/, each with a file

static int make_file(const char *part)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, part);
    if (mkdir(path, 0755) < 0)
        return -1;
    strncat(path, "/file", sizeof(path) - strlen(path) - 1);
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    return fd < 0 || write(fd, "text", 4) != 4 ? -1 : close(fd);
}

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/bulkhead-landlock-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert(make_file("writable") == 0 && make_file("readable") == 0 && make_file("other") == 0);
}

static void tear_down(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0); // NOLINT: a fixed name of ours
}

static const char *path_of(const char *part)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, part);
    return path;
}

static int try_open(const char *part, int flags)
{
    int fd = open(path_of(part), flags, 0644);

    if (fd < 0)
        return -errno;
    close(fd);
    return 0;
}

static int restrict_to(const char *writable, const char *readable)
{
    char w[128], r[128];
    struct landlock_rule rules[] = {{w, true}, {r, false}, {NULL, false}};

    snprintf(w, sizeof(w), "%s/%s", folder, writable);
    snprintf(r, sizeof(r), "%s/%s", folder, readable);
    return landlock_restrict(rules, false);
}

static int folders(const void *arg)
{
    char from[128];

    (void)arg;
    STEP_CHECK(1, restrict_to("writable", "readable") == 0);
    STEP_CHECK(2, try_open("writable/file", O_RDWR | O_TRUNC) == 0);
    STEP_CHECK(3, try_open("writable/new", O_WRONLY | O_CREAT) == 0);
    snprintf(from, sizeof(from), "%s", path_of("writable/new"));
    STEP_CHECK(4, rename(from, path_of("writable/file")) == 0);
    STEP_CHECK(5, unlink(path_of("writable/file")) == 0);
    STEP_CHECK(6, mkdir(path_of("writable/folder"), 0755) < 0 && errno == EACCES);
    STEP_CHECK(7, symlink("/etc", path_of("writable/link")) < 0 && errno == EACCES);
    STEP_CHECK(8, try_open("readable/file", O_RDONLY) == 0);
    STEP_CHECK(9, try_open("readable/file", O_WRONLY) == -EACCES);
    STEP_CHECK(10, try_open("readable/new", O_WRONLY | O_CREAT) == -EACCES);
    STEP_CHECK(11, unlink(path_of("readable/file")) < 0);
    STEP_CHECK(12, try_open("other/file", O_RDONLY) == -EACCES);
    STEP_CHECK(13, open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES);
    STEP_CHECK(14, open("/dev/null", O_RDWR) < 0 && errno == EACCES);
    execl("/bin/true", "true", NULL);
    STEP_CHECK(15, errno == EACCES);
    return 0;
}

static int single_file(const void *arg)
{
    (void)arg;
    STEP_CHECK(1, restrict_to("writable/file", "readable/file") == 0);
    STEP_CHECK(2, try_open("writable/file", O_RDWR | O_TRUNC) == 0);
    STEP_CHECK(3, try_open("readable/file", O_RDONLY) == 0);
    STEP_CHECK(4, try_open("readable/file", O_WRONLY) == -EACCES);
    STEP_CHECK(5, try_open("writable/new", O_WRONLY | O_CREAT) == -EACCES);
    return 0;
}

static int nothing(const void *arg)
{
    (void)arg;
    STEP_CHECK(1, landlock_restrict(NULL, false) == 0);
    STEP_CHECK(2, try_open("writable/file", O_RDONLY) == -EACCES);
    return 0;
}

static int missing(const void *arg)
{
    (void)arg;
    STEP_CHECK(1, restrict_to("writable", "nowhere") == -ENOENT);
    STEP_CHECK(2, try_open("other/file", O_RDONLY) == 0); // not restricted: the caller must end
    return 0;
}

static int connecting(const void *arg)
{
    struct sockaddr_in loopback = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9)};
    int tcp = socket(AF_INET, SOCK_STREAM, 0);

    (void)arg;
    STEP_CHECK(1, tcp >= 0 && landlock_restrict(NULL, true) == 0);
    STEP_CHECK(2, connect(tcp, (struct sockaddr *)&loopback, sizeof(loopback)) == 0 || errno == ECONNREFUSED);
    if (syscall(444, NULL, 0, 1) >= 4)
        STEP_CHECK(3, bind(tcp, (struct sockaddr *)&loopback, sizeof(loopback)) < 0 && errno == EACCES);
    return 0;
}

// What later ABIs add, as far as this kernel has them.
static int net_and_scope(const void *arg)
{
    long abi = syscall(444, NULL, 0, 1);
    struct sockaddr_in loopback = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9)};
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0bulkhead-test"};
    int tcp = socket(AF_INET, SOCK_STREAM, 0), dgram = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)arg;
    STEP_CHECK(1, abi >= 1 && tcp >= 0 && dgram >= 0);
    STEP_CHECK(2, landlock_restrict(NULL, false) == 0);
    if (abi >= 4)
        STEP_CHECK(3, connect(tcp, (struct sockaddr *)&loopback, sizeof(loopback)) < 0 && errno == EACCES);
    if (abi >= 4)
        STEP_CHECK(4, bind(tcp, (struct sockaddr *)&loopback, sizeof(loopback)) < 0 && errno == EACCES);
    if (abi >= 6)
        STEP_CHECK(5, connect(dgram, (struct sockaddr *)&abstract, sizeof(abstract)) < 0 && errno == EPERM);
    if (abi >= 6)
        STEP_CHECK(6, kill(getppid(), 0) < 0 && errno == EPERM);
    STEP_CHECK(7, raise(0) == 0 && kill(getpid(), 0) == 0);
    return 0;
}

START_TEST(folders_are_bounded)
{
    check_exit(forked(folders, NULL), 0);
}
END_TEST

START_TEST(single_files_are_bounded)
{
    check_exit(forked(single_file, NULL), 0);
}
END_TEST

START_TEST(no_rules_mean_nothing)
{
    check_exit(forked(nothing, NULL), 0);
}
END_TEST

START_TEST(tcp_connects_where_that_is_wanted)
{
    check_exit(forked(connecting, NULL), 0);
}
END_TEST

START_TEST(a_missing_path_is_an_error)
{
    check_exit(forked(missing, NULL), 0);
}
END_TEST

START_TEST(net_and_signals_are_bounded)
{
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0bulkhead-test"};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *)&abstract, sizeof(abstract)), 0);
    check_exit(forked(net_and_scope, NULL), 0);
    close(fd);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("landlock");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, folders_are_bounded);
    tcase_add_test(tcase, single_files_are_bounded);
    tcase_add_test(tcase, no_rules_mean_nothing);
    tcase_add_test(tcase, a_missing_path_is_an_error);
    tcase_add_test(tcase, tcp_connects_where_that_is_wanted);
    tcase_add_test(tcase, net_and_signals_are_bounded);
    return run_case(tcase);
}
