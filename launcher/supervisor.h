// `bulkhead run`: starts the daemons, reports and replaces those that die, and stops them all at the end.
#ifndef BULKHEAD_LAUNCHER_SUPERVISOR_H
#define BULKHEAD_LAUNCHER_SUPERVISOR_H

#include "launcher/command.h"

// Returns the exit status, after SIGTERM, SIGINT or SIGHUP.
int supervisor_run(const struct command *command);

#endif
