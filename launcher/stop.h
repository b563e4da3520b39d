// `bulkhead stop`: ends the gateway that runs with that --run folder, and takes down what it left when asked to.
#ifndef BULKHEAD_LAUNCHER_STOP_H
#define BULKHEAD_LAUNCHER_STOP_H

#include "launcher/command.h"

// Returns the exit status. Nothing running is a failure unless --release is given.
int stop_run(struct command *command);

#endif
