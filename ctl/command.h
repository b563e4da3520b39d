// bhctl's commands, as data.
#ifndef BULKHEAD_CTL_COMMAND_H
#define BULKHEAD_CTL_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/invocation.h"

struct command {
    const char *noun;
    const char *verb;      // NULL: the noun alone
    const char *arguments; // for the help: "NAME", "[TUNNEL]", ""
    unsigned args_min, args_max;
    bool takes_file; // -f FILE, required
    const char *summary;
    const char *details; // NULL, or more lines for its own help
    enum exit_code (*run)(const struct invocation *inv);
};

extern const struct command command_table[]; // ends with noun NULL

// NULL when there is none. `verb` may be NULL.
const struct command *command_find(const char *noun, const char *verb);
// The noun of the table that was probably meant, or NULL.
const char *command_guess_noun(const char *noun);
bool command_has_noun(const char *noun);
// All commands (noun NULL), those of a noun, or one of them.
void command_print_help(FILE *out, const char *noun, const char *verb);

// One file a noun.
enum exit_code tunnels_list(const struct invocation *inv);
enum exit_code tunnels_show(const struct invocation *inv);
enum exit_code tunnels_up(const struct invocation *inv);
enum exit_code tunnels_down(const struct invocation *inv);
enum exit_code tunnels_rekey(const struct invocation *inv);
enum exit_code tunnels_explain(const struct invocation *inv);
enum exit_code tunnels_keylog(const struct invocation *inv);
enum exit_code peers_unknown(const struct invocation *inv);
enum exit_code sas_list(const struct invocation *inv);
enum exit_code events_list(const struct invocation *inv);
enum exit_code config_apply(const struct invocation *inv);
enum exit_code config_get(const struct invocation *inv);
enum exit_code secrets_set(const struct invocation *inv);
enum exit_code secrets_list(const struct invocation *inv);
enum exit_code secrets_delete(const struct invocation *inv);
enum exit_code system_status(const struct invocation *inv);
enum exit_code system_version(const struct invocation *inv);

#endif
