#include "ctl/arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"

enum { OPTION_SOCKET = 256, OPTION_TIMEOUT, OPTION_VERSION, OPTION_OF_COMMAND };

#define OPTIONS_MAX 64

static const struct option common_options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"output", required_argument, NULL, 'o'},
    {"file", required_argument, NULL, 'f'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

static bool parse_output(struct invocation *inv, const char *text)
{
    if (strcmp(text, "table") == 0)
        inv->output = OUTPUT_TABLE;
    else if (strcmp(text, "json") == 0)
        inv->output = OUTPUT_JSON;
    else {
        invocation_complain(inv, "output \"%s\" is neither table nor json", text);
        return false;
    }
    return true;
}

static bool parse_timeout(struct invocation *inv, const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value < 1 || value > ARGUMENTS_TIMEOUT_S_MAX) {
        invocation_complain(inv, "timeout \"%s\" is not a number of seconds from 1 to %d", text,
                            ARGUMENTS_TIMEOUT_S_MAX);
        return false;
    }
    inv->timeout_s = (unsigned)value;
    return true;
}

static bool is_in(const struct option *options, const char *name)
{
    for (; options->name; options++)
        if (strcmp(options->name, name) == 0)
            return true;
    return false;
}

// Those of all commands: options may stand before the command.
static void collect(struct option all[OPTIONS_MAX])
{
    size_t n = sizeof(common_options) / sizeof(common_options[0]) - 1;

    memset(all, 0, OPTIONS_MAX * sizeof(*all));
    memcpy(all, common_options, sizeof(common_options));
    for (const struct command *c = command_table; c->noun; c++)
        for (const struct command_option *const *list = c->options; list && *list; list++)
            for (const struct command_option *o = *list; o->name; o++)
                if (!is_in(all, o->name) && n < OPTIONS_MAX - 1)
                    all[n++] = (struct option){.name = o->name,
                                               .has_arg = o->argument ? required_argument : no_argument,
                                               .val = OPTION_OF_COMMAND};
}

static bool keep_option(struct invocation *inv, const char *name)
{
    if (inv->n_options == INVOCATION_OPTIONS_MAX) {
        invocation_complain(inv, "more than %d options", INVOCATION_OPTIONS_MAX);
        return false;
    }
    inv->option[inv->n_options++] = (struct invocation_option){.name = name, .value = optarg};
    return true;
}

struct wishes { // what options ask for instead of a command
    bool help;
    bool version;
};

static bool take_option(struct invocation *inv, int option, char *const *argv, struct wishes *wishes)
{
    switch (option) {
    case OPTION_SOCKET:
        inv->socket = optarg;
        return true;
    case 'o':
        return parse_output(inv, optarg);
    case 'f':
        inv->file = optarg;
        return true;
    case OPTION_TIMEOUT:
        return parse_timeout(inv, optarg);
    case 'h':
        wishes->help = true;
        return true;
    case OPTION_VERSION:
        wishes->version = true;
        return true;
    case ':':
        invocation_complain(inv, "option %s needs a value; see bhctl --help", argv[optind - 1]);
        return false;
    default:
        invocation_complain(inv, "there is no option %s; see bhctl --help", argv[optind - 1]);
        return false;
    }
}

static bool refuse_unknown(const struct invocation *inv, char *const *words, size_t n)
{
    const char *guess = command_guess_noun(words[0]);
    size_t known = command_match(words, n);
    char name[64];

    snprintf(name, sizeof(name), "%s%s%s", words[0], known > 1 ? " " : "", known > 1 ? words[1] : "");
    if (known && known < n)
        invocation_complain(inv, "\"%s\" has no command \"%s\"; see bhctl %s --help", name, words[known], name);
    else if (known)
        invocation_complain(inv, "what about \"%s\"? see bhctl %s --help", name, name);
    else if (guess)
        invocation_complain(inv, "there is no command \"%s\"; did you mean \"%s\"?", words[0], guess);
    else
        invocation_complain(inv, "there is no command \"%s\"; see bhctl --help", words[0]);
    return false;
}

static bool check_options(const struct invocation *inv)
{
    for (unsigned i = 0; i < inv->n_options; i++)
        if (!command_find_option(inv->command, inv->option[i].name)) {
            invocation_complain(inv, "--%s has no place here; see --help", inv->option[i].name);
            return false;
        }
    return true;
}

static bool take_command(struct invocation *inv, char **words, size_t n)
{
    size_t used = 0;
    const struct command *command = command_find(words, n, &used);

    if (!command)
        return refuse_unknown(inv, words, n);
    inv->command = command;
    if (n - used < command->args_min || n - used > command->args_max) {
        invocation_complain(inv, "%s%s; see --help",
                            n - used > command->args_max ? "too many arguments" : command->arguments,
                            n - used > command->args_max ? "" : " is missing");
        return false;
    }
    for (size_t i = used; i < n; i++)
        inv->arg[inv->n_args++] = words[i];
    if (command->takes_file != (inv->file != NULL)) {
        invocation_complain(inv, command->takes_file ? "-f FILE is missing" : "-f has no place here");
        return false;
    }
    return check_options(inv);
}

bool arguments_parse(int argc, char **argv, struct invocation *inv, enum exit_code *ret_code)
{
    struct option options[OPTIONS_MAX];
    struct wishes wishes = {0};
    int option, index = 0;

    inv->socket = ARGUMENTS_SOCKET_DEFAULT;
    inv->timeout_s = ARGUMENTS_TIMEOUT_S_DEFAULT;
    *ret_code = EXIT_USAGE;
    optind = 0; // start anew, also for GNU's permutation of argv
    opterr = 0;
    collect(options);
    while ((option = getopt_long(argc, argv, ":o:f:h", options, &index)) != -1)
        if (!(option == OPTION_OF_COMMAND ? keep_option(inv, options[index].name)
                                          : take_option(inv, option, argv, &wishes)))
            return false;
    if (wishes.help || wishes.version) {
        char **words = argv + optind;
        size_t n = (size_t)(argc - optind);

        if (wishes.version)
            fprintf(inv->out, "bhctl %s\n", inv->version);
        else if (n && !command_match(words, n))
            return refuse_unknown(inv, words, n);
        else
            command_print_help(inv->out, words, n);
        *ret_code = EXIT_OK;
        return false;
    }
    if (optind == argc) {
        command_print_help(inv->err, NULL, 0);
        return false;
    }
    return take_command(inv, argv + optind, (size_t)(argc - optind));
}
