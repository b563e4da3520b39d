// The daemons' command line.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/daemon/options.h"
#include "lib/net/marks.h"
#include "tests/unit/lib/run.h"

#define WORDS_MAX 24

static enum options_outcome parse(const char *line, struct options *ret)
{
    static char text[256];
    char *argv[WORDS_MAX] = {(char *)"ike-d"};
    char *save = NULL;
    int argc = 1;

    snprintf(text, sizeof(text), "%s", line);
    for (char *word = strtok_r(text, " ", &save); word && argc < WORDS_MAX - 1; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    return options_parse("ike-d", argc, argv, ret);
}

START_TEST(defaults)
{
    struct options o;

    ck_assert_int_eq(parse("", &o), OPTIONS_RUN);
    ck_assert_str_eq(o.daemon.run_dir, "/run/bulkhead");
    ck_assert_str_eq(o.daemon.state_dir, "/var/lib/bulkhead");
    ck_assert_str_eq(o.daemon.tun, TUN_NAME_DEFAULT);
    ck_assert_ptr_null(o.daemon.config);
    ck_assert(!o.daemon.release && !o.daemon.allow_no_landlock);
    ck_assert_int_eq(o.daemon.violation, SECCOMP_VIOLATION_KILL);
    ck_assert_int_eq(o.log_level, LOG_LEVEL_INFO);
    ck_assert_uint_eq(o.uid_base, ROLE_UID_BASE_DEFAULT);
}
END_TEST

START_TEST(all_of_them)
{
    struct options o;

    ck_assert_int_eq(parse("--run /r --state /s --config /c --tun t0 --uid-base 70000 --release --log-level debug "
                           "--log-format json --allow-no-landlock --seccomp trap",
                           &o),
                     OPTIONS_RUN);
    ck_assert_str_eq(o.daemon.run_dir, "/r");
    ck_assert_str_eq(o.daemon.state_dir, "/s");
    ck_assert_str_eq(o.daemon.config, "/c");
    ck_assert_str_eq(o.daemon.tun, "t0");
    ck_assert_uint_eq(o.uid_base, 70000);
    ck_assert(o.daemon.release && o.daemon.allow_no_landlock);
    ck_assert_int_eq(o.log_level, LOG_LEVEL_DEBUG);
    ck_assert_int_eq(o.log_format, LOG_FORMAT_JSON);
    ck_assert_int_eq(o.daemon.violation, SECCOMP_VIOLATION_TRAP);
}
END_TEST

START_TEST(wrong_ones_are_refused)
{
    static const char *const lines[] = {
        "--uid-base 0",
        "--uid-base -5",
        "--uid-base 1x",
        "--uid-base 4294967295",
        "--log-level loud",
        "--log-format xml",
        "--seccomp off",
        "--tun a/b",
        "--tun .",
        "--tun sixteencharacters",
        "--run",
        "--unknown",
        "surplus",
        "--tun a:1",
        "--log-level",
    };
    struct options o = {.uid_base = 7};

    for (size_t i = 0; i < RUN_COUNT(lines); i++)
        ck_assert_msg(parse(lines[i], &o) == OPTIONS_WRONG, "%s", lines[i]);
    ck_assert_uint_eq(o.uid_base, 7); // untouched on failure
    ck_assert_int_eq(options_check_tun(""), -EINVAL);
    ck_assert_int_eq(parse("--help", &o), OPTIONS_HELP);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {defaults, all_of_them, wrong_ones_are_refused};

    return run_tests("daemon_options", tests, RUN_COUNT(tests));
}
