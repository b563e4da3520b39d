#include "ctl/command.h"

#include <string.h>

#include "ctl/arguments.h"
#include "lib/schema/spelling.h"

// "pki cert" + "issue" against {"pki", "cert", "issue", "anna"}: 3. How many words fit; *ret_whole: all of the
// command's.
static size_t match(const struct command *c, char *const *words, size_t n, bool *ret_whole)
{
    char name[64];
    size_t used = 0;

    snprintf(name, sizeof(name), "%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "");
    *ret_whole = true;
    for (char *rest, *word = strtok_r(name, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (used == n || strcmp(words[used], word) != 0) {
            *ret_whole = false;
            break;
        }
        used++;
    }
    return used;
}

const struct command *command_find(char *const *words, size_t n, size_t *ret_used)
{
    for (const struct command *c = command_table; c->noun; c++) {
        bool whole;
        size_t used = match(c, words, n, &whole);

        if (whole) {
            *ret_used = used;
            return c;
        }
    }
    return NULL;
}

size_t command_match(char *const *words, size_t n)
{
    size_t most = 0;

    for (const struct command *c = command_table; c->noun; c++) {
        bool whole;
        size_t used = match(c, words, n, &whole);

        most = used > most ? used : most;
    }
    return most;
}

const struct command_option *command_find_option(const struct command *command, const char *name)
{
    for (const struct command_option *const *list = command->options; list && *list; list++)
        for (const struct command_option *o = *list; o->name; o++)
            if (strcmp(o->name, name) == 0)
                return o;
    return NULL;
}

const char *command_guess_noun(const char *noun)
{
    for (const struct command *c = command_table; c->noun; c++)
        if (spelling_is_near(noun, c->noun))
            return c->noun;
    return NULL;
}

static void print_line(FILE *out, const struct command *c)
{
    char words[64];

    snprintf(words, sizeof(words), "%s%s%s%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "",
             *c->arguments ? " " : "", c->arguments, c->takes_file ? " -f FILE" : "");
    fprintf(out, "  %-27s %s\n", words, c->summary);
}

static void print_own_options(FILE *out, const struct command *c)
{
    if (!c->options)
        return;
    fprintf(out, "\nOptions of this command:\n");
    for (const struct command_option *const *list = c->options; *list; list++)
        for (const struct command_option *o = *list; o->name; o++) {
            char words[64];

            snprintf(words, sizeof(words), "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
            fprintf(out, "  %-24s %s\n", words, o->help);
        }
}

static void print_options(FILE *out)
{
    fprintf(out,
            "\nOptions, anywhere:\n"
            "  --socket PATH            the gateway's API socket (default %s)\n"
            "  -o, --output FORMAT      table (default) or json\n"
            "  --timeout SECONDS        how long to wait for an answer (default %d)\n"
            "  -h, --help               this text, or that of a command\n"
            "\nExit codes: 0 done, 1 the gateway refused or failed, 2 wrong usage, 3 no gateway at the socket\n",
            ARGUMENTS_SOCKET_DEFAULT, ARGUMENTS_TIMEOUT_S_DEFAULT);
}

void command_print_help(FILE *out, char *const *words, size_t n)
{
    size_t used;
    const struct command *one = command_find(words, n, &used);

    fprintf(out, "usage: bhctl [OPTION...] COMMAND\n\n");
    for (const struct command *c = command_table; c->noun; c++) {
        bool whole;

        if (one ? c == one : match(c, words, n, &whole) == command_match(words, n))
            print_line(out, c);
    }
    if (one && one->details)
        fprintf(out, "\n%s\n", one->details);
    if (one)
        print_own_options(out, one);
    print_options(out);
}
