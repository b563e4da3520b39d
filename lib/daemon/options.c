#include "lib/daemon/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>

#include "lib/net/marks.h"

#define WORKERS_MAX 64 // as esp-d's

static const struct option long_options[] = {
    {"run", required_argument, NULL, 'r'},
    {"state", required_argument, NULL, 's'},
    {"tun", required_argument, NULL, 't'},
    {"uid-base", required_argument, NULL, 'u'},
    {"config", required_argument, NULL, 'c'},
    {"workers", required_argument, NULL, 'w'},
    {"pki-http", required_argument, NULL, 'p'},
    {"release", no_argument, NULL, 'R'},
    {"log-level", required_argument, NULL, 'l'},
    {"log-format", required_argument, NULL, 'f'},
    {"allow-no-landlock", no_argument, NULL, 'L'},
    {"seccomp", required_argument, NULL, 'S'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const char usage[] = "usage: %s [OPTION]...\n"
                            "Part of Bulkhead; normally started by `bulkhead run`.\n\n"
                            "  --run DIR               sockets (default " RUN_DIR_DEFAULT ")\n"
                            "  --state DIR             what is kept (default " STATE_DIR_DEFAULT ")\n"
                            "  --config FILE           the configuration (api-d)\n"
                            "  --tun NAME              the TUN device (default " TUN_NAME_DEFAULT ")\n"
                            "  --uid-base N            without users bulkhead-*: uids are N plus the role\n"
                            "  --workers N             threads for packets; 0: one a core (esp-d)\n"
                            "  --pki-http ADDRESS:PORT where CRLs and OCSP are served to the public (courier, fw-d)\n"
                            "  --release               remove rules, routes and the TUN, then exit (fw-d)\n"
                            "  --log-level LEVEL       error, warning, notice, info, debug\n"
                            "  --log-format FORMAT     text, json\n"
                            "  --allow-no-landlock     start also where the kernel has no Landlock\n"
                            "  --seccomp kill|trap     what a forbidden system call does; trap names it (tests)\n";

int options_parse_level(const char *text, enum log_level *ret_level)
{
    static const char *const names[] = {"error", "warning", "notice", "info", "debug"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_level = (enum log_level)(LOG_LEVEL_ERROR + (int)i);
            return 0;
        }
    }
    return -EINVAL;
}

int options_parse_format(const char *text, enum log_format *ret_format)
{
    if (strcmp(text, "text") != 0 && strcmp(text, "json") != 0)
        return -EINVAL;
    *ret_format = *text == 'j' ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
    return 0;
}

int options_parse_violation(const char *text, enum seccomp_violation *ret_violation)
{
    if (strcmp(text, "kill") != 0 && strcmp(text, "trap") != 0)
        return -EINVAL;
    *ret_violation = *text == 't' ? SECCOMP_VIOLATION_TRAP : SECCOMP_VIOLATION_KILL;
    return 0;
}

int options_parse_uid(const char *text, uid_t *ret_uid)
{
    unsigned long value;
    char *end;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || value == 0 || value > INT32_MAX - ROLE_COUNT)
        return -EINVAL;
    *ret_uid = (uid_t)value;
    return 0;
}

int options_parse_workers(const char *text, unsigned *ret_workers)
{
    unsigned long value;
    char *end;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno || value > WORKERS_MAX)
        return -EINVAL;
    *ret_workers = (unsigned)value;
    return 0;
}

static int add_endpoint(const struct endpoint *at, struct daemon_options *o)
{
    if (at->port == 0 || address_is_multicast(&at->address))
        return -EINVAL;
    if (o->pki_http_n == PKI_HTTP_MAX)
        return -E2BIG;
    o->pki_http[o->pki_http_n++] = *at;
    return 0;
}

int options_add_pki_http(const char *text, struct daemon_options *o)
{
    static const char *const wildcards[] = {"0.0.0.0", "[::]"};
    char whole[ENDPOINT_TEXT_MAX];
    struct endpoint at;
    int r = 0;

    if (*text != ':')
        return endpoint_parse(text, &at) < 0 ? -EINVAL : add_endpoint(&at, o);
    for (unsigned i = 0; i < 2 && r == 0; i++) {
        if (snprintf(whole, sizeof(whole), "%s%s", wildcards[i], text) >= (int)sizeof(whole) ||
            endpoint_parse(whole, &at) < 0)
            return -EINVAL;
        r = add_endpoint(&at, o);
    }
    return r;
}

int options_check_tun(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return -EINVAL;
    for (; *name; name++)
        if (*name == '/' || *name == ':' || *name == '%' || !isgraph((unsigned char)*name))
            return -EINVAL;
    return 0;
}

// Options that are a plain value; -ENOENT for the others.
static int set_plain(int option, const char *value, struct daemon_options *o)
{
    switch (option) {
    case 'r':
        o->run_dir = value;
        return *value ? 0 : -EINVAL;
    case 's':
        o->state_dir = value;
        return *value ? 0 : -EINVAL;
    case 'c':
        o->config = value;
        return 0;
    case 'R':
        o->release = true;
        return 0;
    case 'L':
        o->allow_no_landlock = true;
        return 0;
    case 'w':
        return options_parse_workers(value, &o->workers);
    case 'p':
        return options_add_pki_http(value, o);
    case 't':
        o->tun = value;
        return options_check_tun(value);
    default:
        return -ENOENT;
    }
}

static int set(int option, const char *value, struct options *o)
{
    int r = set_plain(option, value, &o->daemon);

    if (r != -ENOENT)
        return r;
    switch (option) {
    case 'u':
        return options_parse_uid(value, &o->uid_base);
    case 'l':
        return options_parse_level(value, &o->log_level);
    case 'f':
        return options_parse_format(value, &o->log_format);
    case 'S':
        return options_parse_violation(value, &o->daemon.violation);
    default:
        return -EINVAL;
    }
}

enum options_outcome options_parse(const char *program, int argc, char **argv, struct options *ret_options)
{
    struct options o = {.daemon = {.run_dir = RUN_DIR_DEFAULT, .state_dir = STATE_DIR_DEFAULT, .tun = TUN_NAME_DEFAULT},
                        .uid_base = ROLE_UID_BASE_DEFAULT,
                        .log_level = LOG_LEVEL_INFO};
    int option, index = 0;

    optind = 1;
    while ((option = getopt_long(argc, argv, "h", long_options, &index)) != -1) {
        if (option == 'h') {
            printf(usage, program);
            return OPTIONS_HELP;
        }
        if (option == '?')
            return OPTIONS_WRONG; // getopt has said it
        if (set(option, optarg, &o) < 0) {
            fprintf(stderr, "%s: --%s: invalid value: %s\n", program, long_options[index].name, optarg);
            return OPTIONS_WRONG;
        }
    }
    if (optind != argc) {
        fprintf(stderr, "%s: unexpected argument: %s\n", program, argv[optind]);
        return OPTIONS_WRONG;
    }
    *ret_options = o;
    return OPTIONS_RUN;
}
