// Makes a filter of the themes and loads it.
#include "lib/priv/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSCALLS_MAX   600
#define NAME_MAX_BYTES 32
#define TRAP_STATUS    159

// Names for the trap handler, which may not allocate; filled in for tests alone.
static char names[SYSCALLS_MAX][NAME_MAX_BYTES];

static void say(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));

    (void)n;
}

static void on_violation(int signal, siginfo_t *info, void *context)
{
    int number = info->si_syscall;

    (void)signal;
    (void)context;
    say("seccomp: missing system call ");
    say(number >= 0 && number < SYSCALLS_MAX && names[number][0] ? names[number] : "of unknown number");
    say("\n");
    _exit(TRAP_STATUS);
}

static int prepare_trap(void)
{
    struct sigaction action = {.sa_sigaction = on_violation, .sa_flags = SA_SIGINFO};

    for (int i = 0; i < SYSCALLS_MAX; i++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);

        if (name)
            strncpy(names[i], name, NAME_MAX_BYTES - 1);
        free(name);
    }
    return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : 0;
}

static int add_rule(scmp_filter_ctx filter, const struct seccomp_rule *rule)
{
    struct scmp_arg_cmp compare[3];
    int r;

    for (unsigned i = 0; i < rule->conditions; i++)
        compare[i] = (struct scmp_arg_cmp){.arg = rule->condition[i].argument,
                                           .op = SCMP_CMP_MASKED_EQ,
                                           .datum_a = rule->condition[i].mask,
                                           .datum_b = rule->condition[i].value};
    r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule->syscall, rule->conditions, compare);
    // Themes overlap; and an architecture may lack a call.
    return r == -EEXIST || (r == -EDOM && rule->syscall < 0) ? 0 : r;
}

// Signals to oneself, as abort() sends: first argument is the process.
static int add_own_signals(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_tgsigqueueinfo)};
    int r = 0;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && r == 0; i++) {
        struct seccomp_rule rule = {.syscall = calls[i], .conditions = 1};

        rule.condition[0] = (struct seccomp_condition){0, 0xffffffffull, (unsigned long long)getpid()};
        r = add_rule(filter, &rule);
    }
    return r;
}

static int fill(scmp_filter_ctx filter, const struct seccomp_rule *const *themes)
{
    int r = add_own_signals(filter);

    // Its flags lie behind a pointer, which no filter can follow; the C library falls back to clone.
    if (r == 0)
        r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (; r == 0 && *themes; themes++)
        for (const struct seccomp_rule *rule = *themes; r == 0 && rule->syscall != SECCOMP_RULES_END; rule++)
            r = add_rule(filter, rule);
    return r;
}

int seccomp_restrict(const struct seccomp_rule *const *themes, enum seccomp_violation mode)
{
    scmp_filter_ctx filter = seccomp_init(mode == SECCOMP_VIOLATION_TRAP ? SCMP_ACT_TRAP : SCMP_ACT_KILL_PROCESS);
    int r;

    if (!filter)
        return -ENOMEM;
    r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (r == 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (r == 0 && mode == SECCOMP_VIOLATION_TRAP)
        r = prepare_trap();
    if (r == 0)
        r = fill(filter, themes);
    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    return r;
}
