#include "launcher/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "launcher/backoff.h"
#include "launcher/bounds.h"
#include "launcher/capability.h"
#include "launcher/child.h"
#include "launcher/lock.h"
#include "launcher/notify.h"
#include "launcher/program.h"
#include "launcher/release.h"
#include "lib/core/log.h"
#include "lib/daemon/folder.h"
#include "lib/net/marks.h"

#define STOP_MAX_MS 5000u

// fw-d first: what is protected must not leave in clear while the others come up.
static const enum role start_order[] = {
    ROLE_FW, ROLE_PKI, ROLE_VERIFIER, ROLE_IMPORTER, ROLE_COURIER, ROLE_ESP, ROLE_IKE, ROLE_API,
};

#define DAEMONS (sizeof(start_order) / sizeof(start_order[0]))

struct watched {
    struct supervisor *supervisor;
    const struct role_spec *role;
    pid_t pid; // 0: not running
    uint64_t started_ms;
    uint32_t wait_ms;
    bool is_ready;
    bool was_ready; // the process that has just ended
    uv_timer_t restart;
};

struct supervisor {
    const struct command *command;
    char folder[PATH_MAX];
    char notify_path[PATH_MAX + sizeof(NOTIFY_SOCKET_NAME)];
    int lock_fd, notify_fd;
    uv_loop_t loop;
    uv_signal_t signals[4];
    uv_poll_t notify;
    uv_timer_t limit;
    struct watched daemons[DAEMONS];
    bool was_ready, is_stopping;
};

static void start_one(struct watched *w);

static void on_restart(uv_timer_t *timer)
{
    start_one(timer->data);
}

static void start_later(struct watched *w)
{
    uint64_t lived_ms = uv_now(&w->supervisor->loop) - w->started_ms;

    w->wait_ms = backoff_next(w->wait_ms, lived_ms);
    uv_timer_start(&w->restart, on_restart, w->wait_ms, 0);
}

static void start_one(struct watched *w)
{
    struct supervisor *s = w->supervisor;
    struct child_line line;
    int r = child_make_line(s->command, w->role, s->folder, s->notify_path, &line);
    pid_t pid = r < 0 ? r : child_start(&line);

    uv_update_time(&s->loop);
    w->started_ms = uv_now(&s->loop);
    w->is_ready = false;
    if (pid < 0) {
        log_error("daemon_not_started", LOG_STR("name", w->role->name), LOG_ERRNO(pid));
        start_later(w);
        return;
    }
    w->pid = pid;
    log_info("daemon_started", LOG_STR("name", w->role->name), LOG_INT("pid", pid));
}

static void signal_all(struct supervisor *s, int number)
{
    for (size_t i = 0; i < DAEMONS; i++)
        if (s->daemons[i].pid > 0)
            kill(s->daemons[i].pid, number);
}

static bool is_any_alive(const struct supervisor *s)
{
    for (size_t i = 0; i < DAEMONS; i++)
        if (s->daemons[i].pid > 0)
            return true;
    return false;
}

static void on_limit(uv_timer_t *timer)
{
    struct supervisor *s = timer->data;

    log_warning("stop_by_force");
    signal_all(s, SIGKILL);
}

static void end_if_done(struct supervisor *s)
{
    if (s->is_stopping && !is_any_alive(s))
        uv_stop(&s->loop);
}

static void begin_stop(struct supervisor *s, int number)
{
    if (s->is_stopping)
        return;
    s->is_stopping = true;
    log_notice("stopping", LOG_STR("signal", sigabbrev_np(number)));
    for (size_t i = 0; i < DAEMONS; i++)
        uv_timer_stop(&s->daemons[i].restart);
    signal_all(s, SIGTERM);
    uv_timer_start(&s->limit, on_limit, STOP_MAX_MS, 0);
    end_if_done(s);
}

// It has worked enough and makes room for a fresh one. Who never got ready has not worked: that one is broken, and
// would come and go without end.
static bool is_planned(const struct watched *w, int status)
{
    return w->role->is_recycled && w->was_ready && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

static void reap_one(struct watched *w)
{
    struct supervisor *s = w->supervisor;
    int status;
    pid_t pid;

    if (w->pid <= 0 || waitpid(w->pid, &status, WNOHANG) != w->pid)
        return;
    pid = w->pid;
    w->pid = 0;
    w->was_ready = w->is_ready;
    w->is_ready = false;
    if (s->is_stopping && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
        return;
    if (is_planned(w, status)) {
        log_info("daemon_recycled", LOG_STR("name", w->role->name), LOG_INT("pid", pid));
        start_one(w);
        return;
    }
    child_report(w->role->name, pid, status);
    if (!s->is_stopping)
        start_later(w);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct supervisor *s = handle->data;

    if (number != SIGCHLD) {
        begin_stop(s, number);
        return;
    }
    for (size_t i = 0; i < DAEMONS; i++)
        reap_one(&s->daemons[i]);
    end_if_done(s);
}

static void report_ready(struct supervisor *s)
{
    if (s->was_ready)
        return;
    for (size_t i = 0; i < DAEMONS; i++)
        if (!s->daemons[i].is_ready)
            return;
    s->was_ready = true;
    log_notice("ready");
}

// A daemon speaks for itself alone, and only after its drop: the kernel tells its process and its uid.
static void mark_ready(struct supervisor *s, const struct ucred *sender)
{
    for (size_t i = 0; i < DAEMONS; i++) {
        struct watched *w = &s->daemons[i];

        if (w->pid != sender->pid || w->is_ready || role_uid(w->role->role) != sender->uid)
            continue;
        w->is_ready = true;
        log_info("daemon_ready", LOG_STR("name", w->role->name), LOG_INT("pid", w->pid));
    }
    report_ready(s);
}

static void on_notify(uv_poll_t *poll, int status, int events)
{
    struct supervisor *s = poll->data;
    struct ucred sender;
    int r;

    (void)status;
    (void)events;
    while ((r = notify_receive(s->notify_fd, &sender)) >= 0)
        if (r == 1)
            mark_ready(s, &sender);
}

static int watch_signals(struct supervisor *s)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction old;

        uv_signal_init(&s->loop, &s->signals[i]);
        s->signals[i].data = s;
        // Under nohup the terminal's end is to be ignored.
        if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            continue;
        if (uv_signal_start(&s->signals[i], on_signal, numbers[i]) < 0)
            return -EIO;
    }
    return 0;
}

static int open_loop(struct supervisor *s)
{
    int r = uv_loop_init(&s->loop);

    if (r < 0)
        return r;
    r = uv_poll_init(&s->loop, &s->notify, s->notify_fd);
    if (r == 0)
        r = uv_poll_start(&s->notify, UV_READABLE, on_notify);
    s->notify.data = s;
    uv_timer_init(&s->loop, &s->limit);
    s->limit.data = s;
    for (size_t i = 0; i < DAEMONS; i++) {
        struct watched *w = &s->daemons[i];

        *w = (struct watched){.supervisor = s, .role = role_find(start_order[i])};
        uv_timer_init(&s->loop, &w->restart);
        w->restart.data = w;
    }
    return r < 0 ? r : watch_signals(s);
}

static int fail(const char *what, int r)
{
    fprintf(stderr, "bulkhead: %s: %s\n", what, strerror(-r));
    return r;
}

static int check_config(const struct command *command)
{
    struct stat st;

    if (!*command->config)
        return 0;
    if (stat(command->config, &st) < 0 || access(command->config, R_OK) < 0)
        return fail(command->config, -errno);
    return S_ISDIR(st.st_mode) ? fail(command->config, -EISDIR) : 0;
}

// What would make every daemon fail, again and again, is said once, before any is started.
static int make_folder(const char *path)
{
    char at[PATH_MAX];
    int r = folder_make_path(path);

    if (r < 0)
        return fail(path, r);
    if (access(path, W_OK) < 0)
        return fail(path, -errno);
    r = folder_check(path, at);
    if (r == -EACCES)
        fprintf(stderr, "bulkhead: %s: the daemons' users can't get through %s: it needs mode o+x\n", path, at);
    else if (r == -EPERM)
        fprintf(stderr, "bulkhead: %s: %s must not be writable for everybody, nor belong to a daemon\n", path, at);
    else if (r < 0)
        fail(path, r);
    return r;
}

static int make_folders(const struct command *command)
{
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    int r = make_folder(command->run_dir);

    if (r == 0)
        r = make_folder(command->state_dir);
    for (size_t i = 0; r == 0 && i < DAEMONS; i++) {
        struct role_edge edge = {.server = start_order[i]};

        for (edge.caller = ROLE_LAUNCHER; r == 0 && edge.caller < ROLE_COUNT; edge.caller++)
            if (role_find(edge.server)->serves & ROLE_BIT(edge.caller))
                r = role_socket_path(command->run_dir, &edge, path, sizeof(path));
        if (r < 0)
            fprintf(stderr, "bulkhead: --run %s: too long for the names of sockets (%zu bytes)\n", command->run_dir,
                    sizeof(path) - 1);
    }
    return r;
}

// All of them lie in one folder, or nothing is started.
static int find_programs(struct supervisor *s)
{
    char folder[PATH_MAX] = "";

    for (size_t i = 0; i < DAEMONS; i++) {
        int r = program_find_folder(role_name(start_order[i]), folder, sizeof(folder));

        if (i == 0)
            memcpy(s->folder, folder, sizeof(s->folder));
        if (r == 0 && strcmp(folder, s->folder) != 0)
            r = -ENOENT;
        if (r < 0) {
            fprintf(stderr, "bulkhead: can't find the program %s: %s\n", role_name(start_order[i]), strerror(-r));
            return r;
        }
    }
    return 0;
}

static int check_capabilities(void)
{
    char text[CAPABILITY_TEXT_MAX];
    unsigned missing;
    int r = bounds_check(&missing);

    if (r == -EPERM)
        fprintf(stderr, "bulkhead: %s is missing (`bulkhead roles` tells what it needs)\n",
                capability_format(missing, text));
    else if (r < 0)
        fail("capabilities", r);
    return r;
}

static int prepare(struct supervisor *s)
{
    const struct command *c = s->command;
    const char *tun = c->tun ? c->tun : TUN_NAME_DEFAULT;
    int r = check_capabilities();

    if (r == 0)
        r = check_config(c);
    if (r < 0)
        return r;
    r = find_programs(s);
    if (r < 0)
        return r;
    r = roles_resolve(c->options.uid_base);
    if (r < 0)
        return fail("users of the daemons", r);
    r = make_folders(c);
    if (r < 0)
        return r;
    s->lock_fd = lock_take(c->run_dir, tun);
    if (s->lock_fd == -EBUSY) {
        fprintf(stderr, "bulkhead: a gateway runs already with --run %s\n", c->run_dir);
        return -EBUSY;
    }
    if (s->lock_fd < 0)
        return fail("bulkhead.pid", s->lock_fd);
    snprintf(s->notify_path, sizeof(s->notify_path), "%s/%s", c->run_dir, NOTIFY_SOCKET_NAME);
    s->notify_fd = notify_open(s->notify_path);
    return s->notify_fd < 0 ? fail(s->notify_path, s->notify_fd) : 0;
}

int supervisor_run(const struct command *command)
{
    static struct supervisor s; // libuv's handles point into it
    int r;

    s.command = command;
    r = prepare(&s);
    if (r < 0)
        return EXIT_FAILURE;
    r = bounds_apply();
    if (r == 0)
        r = open_loop(&s);
    if (r < 0) {
        fail("start", r);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < DAEMONS; i++)
        start_one(&s.daemons[i]);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    unlink(s.notify_path);
    r = command->release ? release_run(command, s.folder) : 0;
    log_notice("stopped");
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
