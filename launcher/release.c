#include "launcher/release.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "launcher/child.h"
#include "lib/core/log.h"

#define WAIT_STEP_MS 20
#define WAIT_MAX_MS  15000

// Its wait status, or -ETIMEDOUT after it was killed.
static int wait_for(pid_t pid, int *ret_status)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};

    for (int waited_ms = 0; waited_ms < WAIT_MAX_MS; waited_ms += WAIT_STEP_MS) {
        pid_t done = waitpid(pid, ret_status, WNOHANG);

        if (done == pid)
            return 0;
        if (done < 0 && errno != EINTR)
            return -errno;
        nanosleep(&step, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, ret_status, 0);
    return -ETIMEDOUT;
}

int release_run(const struct command *command, const char *folder)
{
    struct child_line line;
    int status = 0;
    pid_t pid;
    int r = child_make_line(command, role_find(ROLE_FW), folder, NULL, &line);

    if (r < 0)
        return r;
    child_add_release(&line);
    pid = child_start(&line);
    r = pid < 0 ? pid : wait_for(pid, &status);
    if (r == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)) {
        child_report("fw-d --release", pid, status);
        r = -EIO;
    }
    if (r < 0)
        log_error("release_failed", LOG_ERRNO(r));
    else
        log_notice("released");
    return r;
}
