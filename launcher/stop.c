#include "launcher/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <net/if.h>

#include "launcher/lock.h"
#include "launcher/program.h"
#include "launcher/release.h"

#define WAIT_STEP_MS 20
#define WAIT_MAX_MS  30000

static int fail(const char *what, int r)
{
    fprintf(stderr, "bulkhead: %s: %s\n", what, strerror(-r));
    return r;
}

static int wait_for_end(const struct command *command, pid_t pid)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};

    for (int waited_ms = 0; waited_ms < WAIT_MAX_MS; waited_ms += WAIT_STEP_MS) {
        if (lock_find_holder(command->run_dir) != pid)
            return 0;
        nanosleep(&step, NULL);
    }
    return fail("the gateway does not stop", -ETIMEDOUT);
}

static int stop_running(const struct command *command)
{
    pid_t pid = lock_find_holder(command->run_dir);

    if (pid < 0)
        return fail(command->run_dir, pid);
    if (pid == 0) {
        if (command->release)
            return 0;
        fprintf(stderr, "bulkhead: nothing runs with --run %s\n", command->run_dir);
        return -ESRCH;
    }
    if (kill(pid, SIGTERM) < 0)
        return fail("signal", -errno);
    return wait_for_end(command, pid);
}

static int release(struct command *command)
{
    char folder[PATH_MAX];
    char tun[IFNAMSIZ];
    int r;

    // The TUN that the last gateway there had, unless told otherwise.
    if (!command->tun && lock_read_tun(command->run_dir, tun, sizeof(tun)) == 0 && options_check_tun(tun) == 0)
        command->tun = tun;
    r = program_find_folder("fw-d", folder, sizeof(folder));
    if (r < 0)
        r = fail("can't find fw-d", r);
    else
        r = release_run(command, folder);
    if (command->tun == tun)
        command->tun = NULL;
    return r;
}

int stop_run(struct command *command)
{
    int r = stop_running(command);

    if (r == 0 && command->release)
        r = release(command);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
