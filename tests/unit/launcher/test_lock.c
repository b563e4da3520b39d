// One launcher a RUN folder, and who it is.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/lock.h"
#include "tests/unit/lib/run.h"

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/bulkhead-lock-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/bulkhead.pid", folder);
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

// A process that holds the lock until it is killed.
static pid_t hold(void)
{
    int ready[2];
    char byte = 0;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        byte = lock_take(folder, "tun7") >= 0;
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

START_TEST(there_is_one_holder)
{
    char tun[16] = "";
    pid_t pid;
    int fd;

    make_folder();
    ck_assert_int_eq(lock_find_holder(folder), 0);
    ck_assert_int_eq(lock_read_tun(folder, tun, sizeof(tun)), -ENOENT);
    pid = hold();
    ck_assert_int_eq(lock_find_holder(folder), pid);
    ck_assert_int_eq(lock_take(folder, "tun8"), -EBUSY);
    ck_assert_int_eq(lock_read_tun(folder, tun, sizeof(tun)), 0);
    ck_assert_str_eq(tun, "tun7");
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq(lock_find_holder(folder), 0); // the file is there still, and stale
    ck_assert_int_eq(lock_read_tun(folder, tun, sizeof(tun)), 0);
    fd = lock_take(folder, "x");
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(lock_read_tun(folder, tun, sizeof(tun)), 0);
    ck_assert_str_eq(tun, "x");
    close(fd);
    remove_folder();
}
END_TEST

START_TEST(no_folder_is_an_error)
{
    char tun[16];

    ck_assert_int_eq(lock_take("/nowhere", "tun"), -ENOENT);
    ck_assert_int_eq(lock_find_holder("/nowhere"), 0);
    ck_assert_int_eq(lock_read_tun("/nowhere", tun, sizeof(tun)), -ENOENT);
}
END_TEST

START_TEST(a_link_is_not_followed)
{
    char path[96];

    make_folder();
    snprintf(path, sizeof(path), "%s/bulkhead.pid", folder);
    ck_assert_int_eq(symlink("/tmp/bulkhead-nowhere", path), 0);
    ck_assert_int_eq(lock_take(folder, "tun"), -ELOOP);
    remove_folder();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {there_is_one_holder, no_folder_is_an_error, a_link_is_not_followed};

    return run_tests("lock", tests, RUN_COUNT(tests));
}
