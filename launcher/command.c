#include "launcher/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/net/marks.h"

static const struct option long_options[] = {
    {"run", required_argument, NULL, 'r'},
    {"state", required_argument, NULL, 's'},
    {"config", required_argument, NULL, 'c'},
    {"tun", required_argument, NULL, 't'},
    {"uid-base", required_argument, NULL, 'u'},
    {"workers", required_argument, NULL, 'w'},
    {"log-level", required_argument, NULL, 'l'},
    {"log-format", required_argument, NULL, 'f'},
    {"seccomp", required_argument, NULL, 'S'},
    {"allow-no-landlock", no_argument, NULL, 'L'},
    {"pki-http", required_argument, NULL, 'p'},
    {"release-on-exit", no_argument, NULL, 'X'},
    {"release", no_argument, NULL, 'R'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const char usage[] =
    "usage: bulkhead run [--config FILE] [--state DIR] [--run DIR] [OPTION]...\n"
    "       bulkhead stop [--release] [--run DIR] [OPTION]...\n"
    "       bulkhead roles\n\n"
    "`run` starts the gateway's eight daemons in this network namespace and stays in the foreground. SIGTERM stops "
    "them;\n"
    "rules, routes and the TUN stay, so that nothing leaves in clear. `stop` does the same from outside.\n"
    "`roles` prints who runs with which rights and who may ask whom for what, for auditors.\n\n"
    "  --config FILE           the tunnels, in YAML\n"
    "  --state DIR             what is kept (default " STATE_DIR_DEFAULT ")\n"
    "  --run DIR               sockets and the process id (default " RUN_DIR_DEFAULT ")\n"
    "  --release-on-exit       run: remove rules, routes and the TUN at the end\n"
    "  --release               stop: the same, also when nothing runs\n"
    "  --tun NAME              the TUN device (default " TUN_NAME_DEFAULT ")\n"
    "  --workers N             run: threads for packets, at most 64; 0: one a core (default)\n"
    "  --pki-http [ADDRESS]:PORT\n"
    "                          run: serve CRLs and OCSP to the public there, over HTTP; may be given twice, without "
    "an\n"
    "                          address it is all of them (default: not served)\n"
    "  --uid-base N            without users bulkhead-*: uids are N plus the role\n"
    "  --log-level LEVEL       error, warning, notice, info, debug\n"
    "  --log-format FORMAT     text, json\n"
    "  --allow-no-landlock     start also where the kernel has no Landlock\n"
    "  --seccomp kill|trap     what a forbidden system call does; trap names it (tests)\n"
    "  --help, --version\n";

// The daemons and a later `stop` must see the same folder wherever they stand.
static int make_absolute(const char *path, char *out)
{
    char here[PATH_MAX];
    int n;

    if (!*path)
        return -EINVAL;
    if (*path == '/')
        n = snprintf(out, PATH_MAX, "%s", path);
    else if (getcwd(here, sizeof(here)))
        n = snprintf(out, PATH_MAX, "%s/%s", here, path);
    else
        return -errno;
    return n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int add_pki_http(const char *value, struct command *c)
{
    int r = options_add_pki_http(value, &c->options.daemon);

    if (r == 0)
        c->pki_http[c->pki_http_n++] = value;
    return r;
}

static int set_value(int option, const char *value, struct command *c)
{
    switch (option) {
    case 'u':
        c->uid_base = value;
        return options_parse_uid(value, &c->options.uid_base);
    case 'l':
        c->log_level = value;
        return options_parse_level(value, &c->options.log_level);
    case 'f':
        c->log_format = value;
        return options_parse_format(value, &c->options.log_format);
    case 'S':
        c->seccomp = value;
        return options_parse_violation(value, &c->options.daemon.violation);
    case 'w':
        c->workers = value;
        return options_parse_workers(value, &c->options.daemon.workers);
    case 'p':
        return add_pki_http(value, c);
    case 't':
        c->tun = value;
        return options_check_tun(value);
    default:
        return -EINVAL;
    }
}

static int set(int option, const char *value, struct command *c)
{
    switch (option) {
    case 'r':
        return make_absolute(value, c->run_dir);
    case 's':
        return make_absolute(value, c->state_dir);
    case 'c':
        return make_absolute(value, c->config);
    case 'L':
        c->options.daemon.allow_no_landlock = true;
        return 0;
    case 'X':
    case 'R':
        c->release = true;
        return 0;
    default:
        return set_value(option, value, c);
    }
}

// NULL, or what is wrong.
static const char *check(const struct command *c, bool has_on_exit, bool has_release)
{
    if (c->verb == COMMAND_RUN && has_release)
        return "--release goes with stop; run has --release-on-exit";
    if (c->verb == COMMAND_STOP && (has_on_exit || c->workers || c->pki_http_n || *c->config))
        return "--release-on-exit, --workers, --pki-http and --config go with run";
    return NULL;
}

static void parse_options(int argc, char **argv, struct command *c)
{
    bool has_on_exit = false, has_release = false;
    int option, index = 0;
    const char *wrong;

    optind = 1;
    while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            c->verb = COMMAND_DONE;
            return;
        }
        has_on_exit = has_on_exit || option == 'X';
        has_release = has_release || option == 'R';
        if (option != '?' && set(option, optarg, c) == 0)
            continue;
        if (option != '?')
            fprintf(stderr, "bulkhead: --%s: invalid value: %s\n", long_options[index].name, optarg ? optarg : "");
        c->verb = COMMAND_WRONG;
        return;
    }
    wrong = optind == argc ? check(c, has_on_exit, has_release) : "unexpected argument";
    if (wrong) {
        fprintf(stderr, "bulkhead: %s\n", wrong);
        c->verb = COMMAND_WRONG;
    }
}

void command_parse(int argc, char **argv, const char *version, struct command *ret_command)
{
    struct command *c = ret_command;
    const char *verb = argc > 1 ? argv[1] : "";

    *c = (struct command){.verb = COMMAND_WRONG, .run_dir = RUN_DIR_DEFAULT, .state_dir = STATE_DIR_DEFAULT};
    c->options.uid_base = ROLE_UID_BASE_DEFAULT;
    c->options.log_level = LOG_LEVEL_INFO;
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 || strcmp(verb, "help") == 0) {
        fputs(usage, stdout);
        c->verb = COMMAND_DONE;
    } else if (strcmp(verb, "--version") == 0) {
        printf("bulkhead %s\n", version);
        c->verb = COMMAND_DONE;
    } else if (strcmp(verb, "roles") == 0 && argc == 2) {
        c->verb = COMMAND_ROLES;
    } else if (strcmp(verb, "run") == 0 || strcmp(verb, "stop") == 0) {
        c->verb = *verb == 'r' ? COMMAND_RUN : COMMAND_STOP;
        argv[1] = (char *)"bulkhead"; // what getopt's messages begin with
        parse_options(argc - 1, argv + 1, c);
    } else {
        fprintf(stderr, "bulkhead: %s%s: use `bulkhead run`, `bulkhead stop`, `bulkhead roles` or `bulkhead --help`\n",
                strcmp(verb, "roles") == 0 ? "no options go with "
                : *verb                    ? "unknown command "
                                           : "no command",
                verb);
    }
}
