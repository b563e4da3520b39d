#include "launcher/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "lib/daemon/parent.h"
#include "lib/net/marks.h"

#define STATUS_NO_PROGRAM 127

static void add(struct child_line *line, const char *word)
{
    if (line->argc + 1 < sizeof(line->argv) / sizeof(line->argv[0]))
        line->argv[line->argc++] = (char *)word;
}

static void add_option(struct child_line *line, const char *name, const char *value)
{
    if (!value)
        return;
    add(line, name);
    add(line, value);
}

static void add_variable(struct child_line *line, const char *assignment)
{
    if (line->envc + 1 < sizeof(line->envp) / sizeof(line->envp[0]))
        line->envp[line->envc++] = (char *)assignment;
}

// Of our own environment only what a daemon is meant to see. BULKHEAD_ESP_CIPHER and _FAULTS are for tests, and can
// only take ciphers away.
static void add_environment(struct child_line *line, const char *notify_path)
{
    static const char *const passed[] = {"TZ=", "CREDENTIALS_DIRECTORY=", "BULKHEAD_ESP_CIPHER"};

    add_variable(line, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
        for (char **e = environ; *e; e++)
            if (strncmp(*e, passed[i], strlen(passed[i])) == 0)
                add_variable(line, *e);
    snprintf(line->launcher, sizeof(line->launcher), PARENT_VARIABLE "=%d", (int)getpid());
    add_variable(line, line->launcher);
    if (!notify_path)
        return;
    snprintf(line->notify, sizeof(line->notify), "NOTIFY_SOCKET=%s", notify_path);
    add_variable(line, line->notify);
}

int child_make_line(const struct command *command, const struct role_spec *role, const char *folder,
                    const char *notify_path, struct child_line *ret_line)
{
    struct child_line *line = ret_line;

    memset(line, 0, sizeof(*line));
    if (snprintf(line->program, sizeof(line->program), "%s/%s", folder, role->name) >= (int)sizeof(line->program))
        return -ENAMETOOLONG;
    add(line, role->name);
    add_option(line, "--run", command->run_dir);
    add_option(line, "--state", command->state_dir);
    add_option(line, "--tun", command->tun ? command->tun : TUN_NAME_DEFAULT);
    add_option(line, "--uid-base", command->uid_base);
    add_option(line, "--log-level", command->log_level);
    add_option(line, "--log-format", command->log_format);
    add_option(line, "--seccomp", command->seccomp);
    if (role->role == ROLE_ESP)
        add_option(line, "--workers", command->workers);
    for (unsigned i = 0; (role->role == ROLE_COURIER || role->role == ROLE_FW) && i < command->pki_http_n; i++)
        add_option(line, "--pki-http", command->pki_http[i]);
    if (role->role == ROLE_API && *command->config)
        add_option(line, "--config", command->config);
    if (command->options.daemon.allow_no_landlock)
        add(line, "--allow-no-landlock");
    add_environment(line, notify_path);
    return 0;
}

void child_add_release(struct child_line *line)
{
    add(line, "--release");
}

// Between fork and exec: signals as a new program expects them.
static void reset_signals(const sigset_t *mask)
{
    static const int handled[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGPIPE};

    for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
        signal(handled[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

__attribute__((noreturn)) static void become(const struct child_line *line, const sigset_t *mask)
{
    setpgid(0, 0);
    reset_signals(mask);
    // All paths are absolute; no daemon keeps the operator's folder busy.
    if (chdir("/") == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0)
        execve(line->program, line->argv, line->envp);
    log_error("program_failed", LOG_STR("program", line->program), LOG_ERRNO(errno));
    _exit(STATUS_NO_PROGRAM);
}

pid_t child_start(const struct child_line *line)
{
    sigset_t all, mask;
    pid_t pid;
    int error;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &mask); // none may reach our handlers in the child
    pid = fork();
    error = errno;
    if (pid == 0) {
        sigemptyset(&mask);
        become(line, &mask);
    }
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return pid < 0 ? -error : pid;
}

void child_report(const char *name, pid_t pid, int wait_status)
{
    int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    const char *text = number ? sigabbrev_np(number) : NULL;
    char signal[32];

    if (!number) {
        log_error("daemon_died", LOG_STR("name", name), LOG_INT("pid", pid),
                  LOG_INT("status", WEXITSTATUS(wait_status)));
        return;
    }
    snprintf(signal, sizeof(signal), "SIG%s", text ? text : "?");
    log_error("daemon_died", LOG_STR("name", name), LOG_INT("pid", pid), LOG_STR("signal", signal),
              LOG_STR("meaning", number == SIGSYS ? "its sandbox forbids a system call" : strsignal(number)));
}
