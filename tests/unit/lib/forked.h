// A step in a process of its own, since a sandbox can't be left again. Its exit status and stderr come back.
#ifndef BULKHEAD_TESTS_UNIT_LIB_FORKED_H
#define BULKHEAD_TESTS_UNIT_LIB_FORKED_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct ended {
    int status; // of waitpid
    char said[512];
};

// `step` returns the exit status. It ends by _exit: sanitizers' reports at exit would need system calls of their own.
static inline struct ended forked(int (*step)(const void *arg), const void *arg)
{
    struct ended ended = {0};
    size_t n = 0;
    ssize_t got;
    int pipes[2];
    pid_t pid;

    ck_assert_int_eq(pipe(pipes), 0);
    fflush(stdout);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        _exit(step(arg));
    }
    close(pipes[1]);
    while (n < sizeof(ended.said) - 1 && (got = read(pipes[0], ended.said + n, sizeof(ended.said) - 1 - n)) > 0)
        n += (size_t)got;
    close(pipes[0]);
    ck_assert_int_eq(waitpid(pid, &ended.status, 0), pid);
    return ended;
}

static inline void check_exit(struct ended ended, int status)
{
    ck_assert_msg(WIFEXITED(ended.status), "signal %d: %s", WTERMSIG(ended.status), ended.said);
    ck_assert_msg(WEXITSTATUS(ended.status) == status, "status %d, not %d: %s", WEXITSTATUS(ended.status), status,
                  ended.said);
}

static inline void check_signal(struct ended ended, int signal, const char *what)
{
    ck_assert_msg(WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == signal, "%s: wait status %#x: %s", what,
                  (unsigned)ended.status, ended.said);
}

// Inside a step: the number of the first condition that does not hold becomes the exit status.
#define STEP_CHECK(number, condition)                                                                                  \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return (number);                                                                                           \
    } while (0)

#endif
