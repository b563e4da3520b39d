#include "lib/daemon/parent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int parent_follow(void)
{
    const char *text = getenv(PARENT_VARIABLE);

    if (!text)
        return 0;
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0)
        return -errno;
    // It may have died before the call above.
    return getppid() == (pid_t)strtol(text, NULL, 10) ? 0 : -ESRCH;
}
