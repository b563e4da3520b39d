#include "ctl/arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"

enum { OPTION_SOCKET = 256, OPTION_TIMEOUT, OPTION_VERSION };

static const struct option options[] = {
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

static bool refuse_unknown(const struct invocation *inv, const char *noun, const char *verb)
{
    const char *guess = command_guess_noun(noun);

    if (command_has_noun(noun) && verb)
        invocation_complain(inv, "\"%s\" has no command \"%s\"; see bhctl %s --help", noun, verb, noun);
    else if (command_has_noun(noun))
        invocation_complain(inv, "what about \"%s\"? see bhctl %s --help", noun, noun);
    else if (guess)
        invocation_complain(inv, "there is no command \"%s\"; did you mean \"%s\"?", noun, guess);
    else
        invocation_complain(inv, "there is no command \"%s\"; see bhctl --help", noun);
    return false;
}

static bool take_command(struct invocation *inv, char **words, int n)
{
    const struct command *command = command_find(words[0], NULL);
    int used = 1;

    if (!command && n > 1) {
        command = command_find(words[0], words[1]);
        used = 2;
    }
    if (!command)
        return refuse_unknown(inv, words[0], n > 1 ? words[1] : NULL);
    inv->command = command;
    if ((unsigned)(n - used) < command->args_min || (unsigned)(n - used) > command->args_max) {
        invocation_complain(inv, "%s; see --help",
                            n - used > (int)command->args_max ? "too many arguments" : "NAME is missing");
        return false;
    }
    for (int i = used; i < n; i++)
        inv->arg[inv->n_args++] = words[i];
    if (command->takes_file != (inv->file != NULL)) {
        invocation_complain(inv, command->takes_file ? "-f FILE is missing" : "-f has no place here");
        return false;
    }
    return true;
}

bool arguments_parse(int argc, char **argv, struct invocation *inv, enum exit_code *ret_code)
{
    struct wishes wishes = {0};
    int option;

    inv->socket = ARGUMENTS_SOCKET_DEFAULT;
    inv->timeout_s = ARGUMENTS_TIMEOUT_S_DEFAULT;
    *ret_code = EXIT_USAGE;
    optind = 0; // start anew, also for GNU's permutation of argv
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:f:h", options, NULL)) != -1)
        if (!take_option(inv, option, argv, &wishes))
            return false;
    if (wishes.help || wishes.version) {
        const char *noun = optind < argc ? argv[optind] : NULL;

        if (wishes.version)
            fprintf(inv->out, "bhctl %s\n", inv->version);
        else if (noun && !command_has_noun(noun))
            return refuse_unknown(inv, noun, NULL);
        else
            command_print_help(inv->out, noun, optind + 1 < argc ? argv[optind + 1] : NULL);
        *ret_code = EXIT_OK;
        return false;
    }
    if (optind == argc) {
        command_print_help(inv->err, NULL, NULL);
        return false;
    }
    return take_command(inv, argv + optind, argc - optind);
}
