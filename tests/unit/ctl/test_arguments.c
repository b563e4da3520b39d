// bhctl's command line: every command of the table, options anywhere, mistakes.
#include <stdlib.h>
#include <string.h>

#include "ctl/arguments.h"
#include "ctl/command.h"
#include "ctl/option.h"
#include "tests/unit/lib/run.h"

#define WORDS_MAX 20

struct parsed {
    struct invocation inv;
    bool runs;
    enum exit_code code;
    char *out, *err;
    size_t out_n, err_n;
    char words[256];
    char *argv[WORDS_MAX];
};

// Parses "bhctl" and the words of `line`.
static void parse(struct parsed *p, const char *line)
{
    int argc = 0;

    memset(p, 0, sizeof(*p));
    snprintf(p->words, sizeof(p->words), "bhctl %s", line);
    for (char *word = strtok(p->words, " "); word && argc < WORDS_MAX - 1; word = strtok(NULL, " "))
        p->argv[argc++] = word;
    p->inv.version = "1.2.3";
    p->inv.out = open_memstream(&p->out, &p->out_n);
    p->inv.err = open_memstream(&p->err, &p->err_n);
    p->runs = arguments_parse(argc, p->argv, &p->inv, &p->code);
    fclose(p->inv.out);
    fclose(p->inv.err);
}

static void done(struct parsed *p)
{
    free(p->out);
    free(p->err);
}

START_TEST(finds_every_command)
{
    struct parsed p;

    for (const struct command *c = command_table; c->noun; c++) {
        char line[128];

        snprintf(line, sizeof(line), "%s %s %s %s", c->noun, c->verb ? c->verb : "", c->args_min ? "NAME" : "",
                 c->takes_file ? "-f x" : "");
        parse(&p, line);
        ck_assert_msg(p.runs && p.inv.command == c, "%s: %s", line, p.err);
        ck_assert_uint_eq(p.inv.n_args, c->args_min);
        ck_assert_ptr_ne(c->run, NULL);
        ck_assert_msg(strncmp(c->noun, "pki", 3) || strstr(c->details, "    bhctl "), "%s: an example", line);
        done(&p);
        snprintf(line, sizeof(line), "%s %s --help", c->noun, c->verb ? c->verb : "");
        parse(&p, line);
        ck_assert_msg(!p.runs && p.code == EXIT_OK && strstr(p.out, c->summary), "%s", line);
        done(&p);
    }
}
END_TEST

START_TEST(takes_options_anywhere)
{
    static const char *const lines[] = {
        "--socket S -o json --timeout 5 tunnels show a",
        "tunnels --socket=S show -o json a --timeout=5",
        "tunnels show a -ojson --timeout 5 --socket S",
        "tunnels show --output json --timeout 5 --socket S -- a",
    };
    struct parsed p;

    for (size_t i = 0; i < RUN_COUNT(lines); i++) {
        parse(&p, lines[i]);
        ck_assert_msg(p.runs, "%s: %s", lines[i], p.err);
        ck_assert_str_eq(p.inv.socket, "S");
        ck_assert_int_eq(p.inv.output, OUTPUT_JSON);
        ck_assert_uint_eq(p.inv.timeout_s, 5);
        ck_assert_uint_eq(p.inv.n_args, 1);
        ck_assert_str_eq(p.inv.arg[0], "a");
        done(&p);
    }
    parse(&p, "sas list");
    ck_assert(p.runs);
    ck_assert_str_eq(p.inv.socket, "/run/bulkhead/api.sock");
    ck_assert_int_eq(p.inv.output, OUTPUT_TABLE);
    ck_assert_uint_eq(p.inv.n_args, 0);
    done(&p);
}
END_TEST

START_TEST(says_what_is_wrong_in_one_line)
{
    static const char *const cases[][2] = {
        {"tunnel list", "bhctl: there is no command \"tunnel\"; did you mean \"tunnels\"?\n"},
        {"frobnicate", "bhctl: there is no command \"frobnicate\"; see bhctl --help\n"},
        {"tunnels", "bhctl: what about \"tunnels\"? see bhctl tunnels --help\n"},
        {"tunnels frob", "bhctl: \"tunnels\" has no command \"frob\"; see bhctl tunnels --help\n"},
        {"tunnels show", "bhctl: tunnels show: NAME is missing; see --help\n"},
        {"tunnels show a b", "bhctl: tunnels show: too many arguments; see --help\n"},
        {"tunnels list a", "bhctl: tunnels list: too many arguments; see --help\n"},
        {"apply", "bhctl: apply: -f FILE is missing\n"},
        {"get -f x", "bhctl: get: -f has no place here\n"},
        {"apply x -f y", "bhctl: apply: too many arguments; see --help\n"},
        {"-o xml get", "bhctl: output \"xml\" is neither table nor json\n"},
        {"--timeout 0 get", "bhctl: timeout \"0\" is not a number of seconds from 1 to 86400\n"},
        {"--timeout -5 get", "bhctl: timeout \"-5\" is not a number of seconds from 1 to 86400\n"},
        {"--timeout 5s get", "bhctl: timeout \"5s\" is not a number of seconds from 1 to 86400\n"},
        {"--frob get", "bhctl: there is no option --frob; see bhctl --help\n"},
        {"get -o", "bhctl: option -o needs a value; see bhctl --help\n"},
        {"pki", "bhctl: what about \"pki\"? see bhctl pki --help\n"},
        {"pki cert", "bhctl: what about \"pki cert\"? see bhctl pki cert --help\n"},
        {"pki cert frob", "bhctl: \"pki cert\" has no command \"frob\"; see bhctl pki cert --help\n"},
        {"pki cert show", "bhctl: pki cert show: NAME is missing; see --help\n"},
        {"pki cert sign a --ca c", "bhctl: pki cert sign a: -f FILE is missing\n"},
        {"pki lint a --days 5", "bhctl: pki lint a: --days has no place here; see --help\n"},
        {"tunnels list --force", "bhctl: tunnels list: --force has no place here; see --help\n"},
        {"pki lint a --for", "bhctl: option --for needs a value; see bhctl --help\n"},
        {"frob --help", "bhctl: there is no command \"frob\"; see bhctl --help\n"},
    };
    struct parsed p;

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        parse(&p, cases[i][0]);
        ck_assert_msg(!p.runs && p.code == EXIT_USAGE, "%s", cases[i][0]);
        ck_assert_str_eq(p.err, cases[i][1]);
        ck_assert_str_eq(p.out, "");
        done(&p);
    }
}
END_TEST

// Every option of every command, alone and before it.
START_TEST(takes_own_options)
{
    struct parsed p;
    size_t n = 0;

    for (const struct command *c = command_table; c->noun; c++)
        for (const struct command_option *const *list = c->options; list && *list; list++)
            for (const struct command_option *o = *list; o->name; o++, n++) {
                char line[128];

                snprintf(line, sizeof(line), "--%s%s %s %s %s %s", o->name, o->argument ? "=7" : "", c->noun,
                         c->verb ? c->verb : "", c->args_min ? "NAME" : "", c->takes_file ? "-f x" : "");
                parse(&p, line);
                ck_assert_msg(p.runs && p.inv.command == c, "%s: %s", line, p.err);
                ck_assert_uint_eq(p.inv.n_options, 1);
                ck_assert_str_eq(p.inv.option[0].name, o->name);
                ck_assert(o->argument ? option_text(&p.inv, o->name)[0] == '7' : option_is_set(&p.inv, o->name));
                done(&p);
            }
    ck_assert_uint_gt(n, 50);
}
END_TEST

START_TEST(reads_own_options)
{
    struct option_list list;
    struct parsed p;
    uint32_t days;

    parse(&p, "pki cert issue a --san dns:a,ip:192.0.2.1 --days 365 --san email:a@b --ca=one --ca two");
    ck_assert(p.runs);
    ck_assert(option_list(&p.inv, "san", &list));
    ck_assert_uint_eq(list.n, 3);
    ck_assert_str_eq(list.values[0], "dns:a");
    ck_assert_str_eq(list.values[1], "ip:192.0.2.1");
    ck_assert_str_eq(list.values[2], "email:a@b");
    option_list_done(&list);
    ck_assert_str_eq(option_text(&p.inv, "ca"), "two");
    ck_assert_ptr_null(option_text(&p.inv, "key"));
    ck_assert_str_eq(option_field(&p.inv, "key"), "");
    ck_assert(option_number(&p.inv, "days", 1, 36500, &days));
    ck_assert_uint_eq(days, 365);
    ck_assert(!option_is_set(&p.inv, "force"));
    done(&p);
}
END_TEST

START_TEST(helps)
{
    struct parsed p;

    parse(&p, "");
    ck_assert(!p.runs && p.code == EXIT_USAGE);
    ck_assert_ptr_ne(strstr(p.err, "usage: bhctl"), NULL);
    done(&p);
    parse(&p, "--help");
    ck_assert(!p.runs && p.code == EXIT_OK);
    ck_assert_ptr_ne(strstr(p.out, "secrets set NAME"), NULL);
    ck_assert_ptr_ne(strstr(p.out, "Exit codes: 0"), NULL);
    done(&p);
    parse(&p, "tunnels --help");
    ck_assert_ptr_ne(strstr(p.out, "tunnels up NAME"), NULL);
    ck_assert_ptr_eq(strstr(p.out, "sas list"), NULL);
    done(&p);
    parse(&p, "pki cert --help");
    ck_assert_ptr_ne(strstr(p.out, "pki cert issue NAME"), NULL);
    ck_assert_ptr_eq(strstr(p.out, "pki ca create"), NULL);
    done(&p);
    parse(&p, "pki cert issue --help");
    ck_assert_ptr_ne(strstr(p.out, "--san NAME"), NULL);
    ck_assert_ptr_ne(strstr(p.out, "    bhctl pki cert issue"), NULL);
    done(&p);
    parse(&p, "--version");
    ck_assert_str_eq(p.out, "bhctl 1.2.3\n");
    ck_assert_int_eq(p.code, EXIT_OK);
    done(&p);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {finds_every_command, takes_options_anywhere, says_what_is_wrong_in_one_line,
                                  takes_own_options,   reads_own_options,      helps};

    return run_tests("arguments", tests, RUN_COUNT(tests));
}
