// The drop from root, in a forked child. Needs root, as the daemons do.
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "lib/priv/sandbox.h"
#include "tests/unit/lib/forked.h"
#include "tests/unit/lib/run.h"

#define UID_BASE 61000

static int read_status(const char *key, char *out, size_t n)
{
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    size_t size = strlen(key);

    while (f && fgets(line, sizeof(line), f)) {
        if (strncmp(line, key, size) != 0 || line[size] != ':')
            continue;
        snprintf(out, n, "%s", line + size + 1 + strspn(line + size + 1, " \t"));
        out[strcspn(out, "\n")] = '\0';
        fclose(f);
        return 0;
    }
    return -ENOENT;
}

static int is_status(const char *key, const char *value)
{
    char text[128] = "";

    return read_status(key, text, sizeof(text)) == 0 && strcmp(text, value) == 0;
}

static int drop(const void *arg)
{
    const struct role_spec *role = arg;
    const char *caps = role->capabilities ? "0000000000001000" : "0000000000000000";
    gid_t more[] = {0, 4};

    STEP_CHECK(1, setgroups(2, more) == 0);
    STEP_CHECK(2, roles_resolve(UID_BASE) == 0);
    STEP_CHECK(3, priv_drop(role) == 0);
    STEP_CHECK(4, getuid() == role_uid(role->role) && geteuid() == getuid());
    STEP_CHECK(5, getgid() == role_gid(role->role) && getgroups(0, NULL) == 0);
    STEP_CHECK(6, setuid(0) < 0 && setgid(0) < 0 && setgroups(0, NULL) < 0);
    STEP_CHECK(7, prctl(PR_GET_DUMPABLE) == 0);
    STEP_CHECK(8, kill(getppid(), 0) < 0 && errno == EPERM);
    STEP_CHECK(9, chown("/tmp", 0, 0) < 0 && errno == EPERM);
    // A process that can't be dumped can't be read through /proc by others; by itself it can.
    STEP_CHECK(10, is_status("CapEff", caps) && is_status("CapPrm", caps) && is_status("CapBnd", caps));
    STEP_CHECK(11, is_status("CapInh", "0000000000000000") && is_status("CapAmb", "0000000000000000"));
    STEP_CHECK(12, is_status("NoNewPrivs", "1"));
    return 0;
}

START_TEST(every_role_is_dropped)
{
    ck_assert_msg(geteuid() == 0, "this test needs root");
    for (enum role role = ROLE_IKE; role < ROLE_COUNT; role++)
        check_exit(forked(drop, role_find(role)), 0);
}
END_TEST

static int drop_unresolved(const void *arg)
{
    return priv_drop(arg) == -EINVAL && getuid() == 0 ? 0 : 1;
}

START_TEST(nobody_drops_to_root)
{
    check_exit(forked(drop_unresolved, role_find(ROLE_LAUNCHER)), 0);
    check_exit(forked(drop_unresolved, role_find(ROLE_IKE)), 0); // users were not resolved
}
END_TEST

static int drop_twice(const void *arg)
{
    STEP_CHECK(1, roles_resolve(UID_BASE) == 0 && priv_drop(arg) == 0);
    STEP_CHECK(2, priv_drop(role_find(ROLE_FW)) < 0); // no way on to another role
    STEP_CHECK(3, getuid() == role_uid(ROLE_IKE));
    return 0;
}

START_TEST(a_dropped_process_stays_what_it_is)
{
    check_exit(forked(drop_twice, role_find(ROLE_IKE)), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_role_is_dropped, nobody_drops_to_root, a_dropped_process_stays_what_it_is};

    return run_tests("priv_drop", tests, RUN_COUNT(tests));
}
