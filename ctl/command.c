#include "ctl/command.h"

#include <string.h>

#include "ctl/arguments.h"
#include "lib/schema/spelling.h"

const struct command command_table[] = {
    {"tunnels", "list", "", 0, 0, false, "all tunnels with their state", NULL, tunnels_list},
    {"tunnels", "show", "NAME", 1, 1, false, "one tunnel, and why it is down if it is",
     "After a failure it says which side refused, with which notify, what each side offered, and what to change.",
     tunnels_show},
    {"tunnels", "explain", "NAME", 1, 1, false, "why a tunnel is up, or is not, and what to change",
     "The steps that went well, the cause of what did not, both sides' offers side by side with the first difference\n"
     "marked, and the exact change for this gateway and for the peer, in the words of its vendor where that is known.",
     tunnels_explain},
    {"tunnels", "up", "NAME", 1, 1, false, "bring a tunnel up, and wait until it is",
     "Ends with 0 when the tunnel is up, else with 1 and the reason.", tunnels_up},
    {"tunnels", "down", "NAME", 1, 1, false, "take a tunnel down",
     "What its policies name stays protected: dropped, not sent in clear, until `up`.", tunnels_down},
    {"tunnels", "rekey", "NAME [WHAT]", 1, 2, false, "replace its SAs now, without a gap",
     "WHAT is ike or child; default: both. The old SAs go on until the new ones stand; ends when that has begun.",
     tunnels_rekey},
    {"tunnels", "keylog", "NAME [TIME]", 1, 2, false, "IKE keys for Wireshark, for TIME (10m)",
     "Lines of Wireshark's ikev2_decryption_table, one for each IKE SA of the tunnel that is made while it runs. Who "
     "has\n"
     "them can read the tunnel's IKE messages. It ends by itself after TIME (1s-1h), or with Ctrl-C.\n"
     "    bhctl tunnels keylog office2 10m > ~/.config/wireshark/ikev2_decryption_table",
     tunnels_keylog},
    {"peers", "unknown", "", 0, 0, false, "who calls and no tunnel is for",
     "Who, how often, what it offered, and what would be needed to accept it.", peers_unknown},
    {"sas", "list", "[TUNNEL]", 0, 1, false, "ESP SAs with their counters", NULL, sas_list},
    {"events", "list", "[TUNNEL]", 0, 1, false, "what happened lately", NULL, events_list},
    {"apply", NULL, "", 0, 0, true, "make FILE the configuration",
     "All or nothing: a mistake is told as `file:line:column: path: what is wrong, what would be right`, and what\n"
     "runs stays as it is. FILE may be - for stdin.",
     config_apply},
    {"get", NULL, "", 0, 0, false, "the configuration, as YAML", NULL, config_get},
    {"secrets", "set", "NAME", 1, 1, false, "store a secret, read from stdin",
     "One newline at the end is not part of it. 1 to 1,024 bytes. It can be replaced and deleted, never read again.\n"
     "    bhctl secrets set office2 < file",
     secrets_set},
    {"secrets", "list", "", 0, 0, false, "names of the secrets", NULL, secrets_list},
    {"secrets", "delete", "NAME", 1, 1, false, "delete a secret", NULL, secrets_delete},
    {"system", "status", "", 0, 0, false, "processes, cipher backend, dropped packets", NULL, system_status},
    {"version", NULL, "", 0, 0, false, "bhctl's and the gateway's version", NULL, system_version},
    {0},
};

const struct command *command_find(const char *noun, const char *verb)
{
    for (const struct command *c = command_table; c->noun; c++)
        if (strcmp(c->noun, noun) == 0 && (c->verb ? verb && strcmp(c->verb, verb) == 0 : !verb))
            return c;
    return NULL;
}

bool command_has_noun(const char *noun)
{
    for (const struct command *c = command_table; c->noun; c++)
        if (strcmp(c->noun, noun) == 0)
            return true;
    return false;
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
    fprintf(out, "  %-24s %s\n", words, c->summary);
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

void command_print_help(FILE *out, const char *noun, const char *verb)
{
    const struct command *one = noun ? command_find(noun, verb) : NULL;

    fprintf(out, "usage: bhctl [OPTION...] COMMAND\n\n");
    for (const struct command *c = command_table; c->noun; c++)
        if (one ? c == one : !noun || strcmp(c->noun, noun) == 0)
            print_line(out, c);
    if (one && one->details)
        fprintf(out, "\n%s\n", one->details);
    print_options(out);
}
