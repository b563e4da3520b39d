// Takes down what a stopped gateway leaves standing: fw-d, in its sandbox, removes the table, rules, routes and the
// TUN.
#ifndef BULKHEAD_LAUNCHER_RELEASE_H
#define BULKHEAD_LAUNCHER_RELEASE_H

#include "launcher/command.h"

// Runs `fw-d --release` of that folder and waits. 0 or -errno, after a log line.
int release_run(const struct command *command, const char *folder);

#endif
