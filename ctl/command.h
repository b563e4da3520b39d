// bhctl's commands, as data.
#ifndef BULKHEAD_CTL_COMMAND_H
#define BULKHEAD_CTL_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/invocation.h"

// "--days N", beside those that every command takes.
struct command_option {
    const char *name;     // without "--"
    const char *argument; // NULL: a flag
    const char *help;
};

struct command {
    const char *noun;      // one word, or "pki cert"
    const char *verb;      // NULL: the noun alone
    const char *arguments; // for the help: "NAME", "[TUNNEL]", ""
    unsigned args_min, args_max;
    bool takes_file; // -f FILE, required
    const char *summary;
    const char *details; // NULL, or more lines for its own help
    enum exit_code (*run)(const struct invocation *inv);
    const struct command_option *const *options; // lists, each ends with name NULL; NULL: none
};

extern const struct command command_table[]; // ends with noun NULL

// The command that the words begin with, and how many of them are its own; NULL when there is none.
const struct command *command_find(char *const *words, size_t n, size_t *ret_used);
// How many of the words some command begins with.
size_t command_match(char *const *words, size_t n);
// The noun of the table that was probably meant, or NULL.
const char *command_guess_noun(const char *noun);
// All commands (n 0), those that begin with the words, or one of them.
void command_print_help(FILE *out, char *const *words, size_t n);
// NULL: it takes no such option.
const struct command_option *command_find_option(const struct command *command, const char *name);

// One file a noun.
enum exit_code tunnels_list(const struct invocation *inv);
enum exit_code tunnels_show(const struct invocation *inv);
enum exit_code tunnels_up(const struct invocation *inv);
enum exit_code tunnels_down(const struct invocation *inv);
enum exit_code tunnels_rekey(const struct invocation *inv);
enum exit_code tunnels_explain(const struct invocation *inv);
enum exit_code tunnels_keylog(const struct invocation *inv);
enum exit_code peers_unknown(const struct invocation *inv);
enum exit_code fw_status(const struct invocation *inv);
enum exit_code fw_counters(const struct invocation *inv);
enum exit_code fw_check(const struct invocation *inv);
enum exit_code sas_list(const struct invocation *inv);
enum exit_code events_list(const struct invocation *inv);
enum exit_code config_apply(const struct invocation *inv);
enum exit_code config_get(const struct invocation *inv);
enum exit_code secrets_set(const struct invocation *inv);
enum exit_code secrets_list(const struct invocation *inv);
enum exit_code secrets_delete(const struct invocation *inv);
enum exit_code pki_ca_create(const struct invocation *inv);
enum exit_code pki_ca_list(const struct invocation *inv);
enum exit_code pki_cert_issue(const struct invocation *inv);
enum exit_code pki_cert_sign(const struct invocation *inv);
enum exit_code pki_cert_import(const struct invocation *inv); // of authorities, too
enum exit_code pki_cert_list(const struct invocation *inv);
enum exit_code pki_cert_show(const struct invocation *inv); // of authorities, too
enum exit_code pki_cert_export(const struct invocation *inv);
enum exit_code pki_cert_renew(const struct invocation *inv);
enum exit_code pki_cert_revoke(const struct invocation *inv);
enum exit_code pki_cert_delete(const struct invocation *inv);
enum exit_code pki_crl_show(const struct invocation *inv);
enum exit_code pki_crl_import(const struct invocation *inv);
enum exit_code pki_lint(const struct invocation *inv);
enum exit_code pki_audit(const struct invocation *inv);
enum exit_code pki_backup(const struct invocation *inv);
enum exit_code pki_restore(const struct invocation *inv);
enum exit_code system_status(const struct invocation *inv);
enum exit_code system_version(const struct invocation *inv);

#endif
