// bhctl's command line.
#ifndef BULKHEAD_CTL_ARGUMENTS_H
#define BULKHEAD_CTL_ARGUMENTS_H

#include <stdbool.h>

#include "ctl/invocation.h"

#define ARGUMENTS_SOCKET_DEFAULT    "/run/bulkhead/api.sock"
#define ARGUMENTS_TIMEOUT_S_DEFAULT 60
#define ARGUMENTS_TIMEOUT_S_MAX     86400

// Fills the command, its arguments and options in. Returns true when the command is to be run; else everything is said
// (help on inv->out, a mistake on inv->err) and *ret_code is what to exit with. argv stays in use.
bool arguments_parse(int argc, char **argv, struct invocation *inv, enum exit_code *ret_code);

#endif
