// The launcher's command line, and the one it gives to the daemons.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/child.h"
#include "launcher/command.h"
#include "tests/unit/lib/run.h"

#define WORDS_MAX 24

static struct command command;

static enum command_verb parse(const char *line)
{
    static char text[300];
    char *argv[WORDS_MAX] = {(char *)"bulkhead"};
    char *save = NULL;
    int argc = 1;

    snprintf(text, sizeof(text), "%s", line);
    for (char *word = strtok_r(text, " ", &save); word && argc < WORDS_MAX - 1; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    command_parse(argc, argv, "1.2.3", &command);
    return command.verb;
}

START_TEST(reads_run)
{
    char here[PATH_MAX], want[PATH_MAX + 8];

    ck_assert_int_eq(parse("run"), COMMAND_RUN);
    ck_assert_str_eq(command.run_dir, "/run/bulkhead");
    ck_assert_str_eq(command.state_dir, "/var/lib/bulkhead");
    ck_assert(!*command.config && !command.tun && !command.release);
    ck_assert_int_eq(parse("run --config a.yaml --state s --run /r --release-on-exit --tun t1 --uid-base 70000 "
                           "--log-level debug --log-format json --allow-no-landlock --seccomp trap"),
                     COMMAND_RUN);
    ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
    snprintf(want, sizeof(want), "%s/a.yaml", here);
    ck_assert_str_eq(command.config, want);
    snprintf(want, sizeof(want), "%s/s", here);
    ck_assert_str_eq(command.state_dir, want);
    ck_assert_str_eq(command.run_dir, "/r");
    ck_assert_str_eq(command.tun, "t1");
    ck_assert(command.release && command.options.daemon.allow_no_landlock);
    ck_assert_uint_eq(command.options.uid_base, 70000);
}
END_TEST

START_TEST(reads_stop)
{
    ck_assert_int_eq(parse("stop --run /r"), COMMAND_STOP);
    ck_assert(!command.release);
    ck_assert_int_eq(parse("stop --release --run /r"), COMMAND_STOP);
    ck_assert(command.release);
}
END_TEST

START_TEST(reads_roles)
{
    ck_assert_int_eq(parse("roles"), COMMAND_ROLES);
    ck_assert_int_eq(parse("roles --run /r"), COMMAND_WRONG);
}
END_TEST

START_TEST(refuses_what_is_wrong)
{
    static const char *const lines[] = {
        "",
        "start",
        "run surplus",
        "run --release",
        "run --run",
        "run --nonsense",
        "run --uid-base 0",
        "run --tun a/b",
        "run --log-level loud",
        "stop --release-on-exit",
        "stop --config x",
    };

    for (size_t i = 0; i < RUN_COUNT(lines); i++)
        ck_assert_msg(parse(lines[i]) == COMMAND_WRONG, "%s", lines[i]);
    ck_assert_int_eq(parse("--help"), COMMAND_DONE);
    ck_assert_int_eq(parse("run --help"), COMMAND_DONE);
    ck_assert_int_eq(parse("--version"), COMMAND_DONE);
}
END_TEST

static void join(char *const *words, char *out, size_t n)
{
    *out = '\0';
    for (; *words; words++)
        snprintf(out + strlen(out), n - strlen(out), " %s", *words);
}

START_TEST(daemons_get_what_was_said)
{
    struct child_line line;
    char words[1000];

    ck_assert_int_eq(parse("run --config /c --state /s --run /r --uid-base 70000 --seccomp trap"), COMMAND_RUN);
    ck_assert_int_eq(child_make_line(&command, role_find(ROLE_API), "/lib", "/r/notify.sock", &line), 0);
    ck_assert_str_eq(line.program, "/lib/api-d");
    join(line.argv, words, sizeof(words));
    ck_assert_str_eq(words, " api-d --run /r --state /s --tun bulkhead0 --uid-base 70000 --seccomp trap --config /c");
    join(line.envp, words, sizeof(words));
    ck_assert_ptr_nonnull(strstr(words, " NOTIFY_SOCKET=/r/notify.sock"));
    ck_assert_ptr_nonnull(strstr(words, " BULKHEAD_LAUNCHER="));
    ck_assert_int_eq(child_make_line(&command, role_find(ROLE_FW), "/lib", NULL, &line), 0);
    child_add_release(&line);
    join(line.argv, words, sizeof(words));
    ck_assert_str_eq(words, " fw-d --run /r --state /s --tun bulkhead0 --uid-base 70000 --seccomp trap --release");
    join(line.envp, words, sizeof(words));
    ck_assert_ptr_null(strstr(words, "NOTIFY_SOCKET"));
}
END_TEST

// Of our environment only a few names go on.
START_TEST(the_environment_is_bounded)
{
    struct child_line line;
    char words[1000];

    setenv("LD_PRELOAD", "/tmp/x.so", 1);
    setenv("OPENSSL_CONF", "/tmp/x.cnf", 1);
    setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
    ck_assert_int_eq(parse("run"), COMMAND_RUN);
    ck_assert_int_eq(child_make_line(&command, role_find(ROLE_PKI), "/lib", NULL, &line), 0);
    unsetenv("LD_PRELOAD");
    join(line.envp, words, sizeof(words));
    ck_assert_ptr_null(strstr(words, "LD_PRELOAD"));
    ck_assert_ptr_null(strstr(words, "OPENSSL_CONF"));
    ck_assert_ptr_nonnull(strstr(words, " CREDENTIALS_DIRECTORY=/run/credentials/x"));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {reads_run,
                            reads_stop,
                            reads_roles,
                            refuses_what_is_wrong,
                            daemons_get_what_was_said,
                            the_environment_is_bounded};

    return run_tests("command", tests, RUN_COUNT(tests));
}
