// One daemon as a process.
#ifndef BULKHEAD_LAUNCHER_CHILD_H
#define BULKHEAD_LAUNCHER_CHILD_H

#include <sys/types.h>

#include "launcher/command.h"
#include "lib/priv/roles.h"

// The words and variables a program is started with.
struct child_line {
    char program[PATH_MAX];
    char *argv[24];
    char *envp[8];
    char notify[PATH_MAX + 16], launcher[40]; // room for variables
    size_t argc, envc;
};

// Fills in `ret_line` for a role. `folder` holds the programs, `notify_path` may be NULL, `is_release` is for fw-d's
// clean-up. Strings are lent from `command`. 0 or -ENAMETOOLONG.
int child_make_line(const struct command *command, const struct role_spec *role, const char *folder,
                    const char *notify_path, struct child_line *ret_line);
void child_add_release(struct child_line *line);

// Its process id, or -errno. The child is in a process group of its own, so that the terminal's ^C reaches the launcher
// alone, and gets SIGTERM when the launcher dies (lib/daemon/parent.h carries on after its drop).
pid_t child_start(const struct child_line *line);
// Logs how it ended: by which signal, or with which status.
void child_report(const char *name, pid_t pid, int wait_status);

#endif
