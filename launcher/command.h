// The launcher's command line: `bulkhead run`, `bulkhead stop` and `bulkhead roles`.
#ifndef BULKHEAD_LAUNCHER_COMMAND_H
#define BULKHEAD_LAUNCHER_COMMAND_H

#include <limits.h>

#include "lib/daemon/options.h"

enum command_verb {
    COMMAND_RUN,
    COMMAND_STOP,
    COMMAND_ROLES, // without root
    COMMAND_DONE,  // --help or --version: printed on stdout
    COMMAND_WRONG, // one line is printed on stderr
};

struct command {
    enum command_verb verb;
    char run_dir[PATH_MAX];   // absolute
    char state_dir[PATH_MAX]; // absolute
    char config[PATH_MAX];    // absolute; empty: none
    const char *tun;          // NULL: not given
    bool release;             // stop --release, run --release-on-exit
    struct options options;   // as the daemons read them
    // As given, for the daemons' command lines; NULL: not given.
    const char *pki_http[PKI_HTTP_MAX];
    unsigned pki_http_n;
    const char *uid_base, *log_level, *log_format, *seccomp, *workers;
};

void command_parse(int argc, char **argv, const char *version, struct command *ret_command);

#endif
