// The command line that all daemons share.
#ifndef BULKHEAD_DAEMON_OPTIONS_H
#define BULKHEAD_DAEMON_OPTIONS_H

#include "lib/core/log.h"
#include "lib/daemon/daemon.h"

#define RUN_DIR_DEFAULT   "/run/bulkhead"
#define STATE_DIR_DEFAULT "/var/lib/bulkhead"

struct options {
    struct daemon_options daemon;
    uid_t uid_base;
    enum log_level log_level;
    enum log_format log_format;
};

enum options_outcome {
    OPTIONS_RUN,
    OPTIONS_HELP,  // usage is printed on stdout
    OPTIONS_WRONG, // one line is printed on stderr
};

// Strings are lent from argv.
enum options_outcome options_parse(const char *program, int argc, char **argv, struct options *ret_options);

// Values that the launcher's command line has, too; -EINVAL.
int options_parse_level(const char *text, enum log_level *ret_level);
int options_parse_format(const char *text, enum log_format *ret_format);
int options_parse_violation(const char *text, enum seccomp_violation *ret_violation);
int options_parse_uid(const char *text, uid_t *ret_uid);
// 0 (one a core) to 64.
int options_parse_workers(const char *text, unsigned *ret_workers);
// "192.0.2.1:80", "[2001:db8::1]:80", or ":80" for all addresses; one more. -EINVAL, -E2BIG.
int options_add_pki_http(const char *text, struct daemon_options *options);
// An interface name: 1 to 15 bytes, no blank, slash or colon.
int options_check_tun(const char *name);

#endif
