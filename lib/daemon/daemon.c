#include "lib/daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "lib/daemon/folder.h"
#include "lib/daemon/heap_return.h"
#include "lib/daemon/options.h"
#include "lib/daemon/parent.h"
#include "lib/daemon/readiness.h"

#define STOP_MAX_MS       2000u
#define RETIRE_MAX_MS     1000u
#define RELEASE_MAX_MS    10000u
#define LANDLOCK_RULES    8
#define EXIT_STATUS_USAGE 2

// One daemon's run.
struct life {
    struct daemon daemon; // what the daemon sees
    const struct daemon_spec *spec;
    struct options options;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt;
    uv_timer_t limit; // of stopping
    struct heap_return heap;
    int listen_fds[ROLE_COUNT]; // by caller; -1: none
    int notify_fd;
    bool is_retiring;
    bool is_recycling; // goodbye is said
    bool is_stopping;
};

static int fail(const char *step, int r)
{
    log_error("start_failed", LOG_STR("step", step), LOG_ERRNO(r));
    return r;
}

// Nothing inherited stays but stdout and stderr; no core dump ever holds a key.
static int clean_process(void)
{
    struct rlimit none = {0};
    int fd;

    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    tzset();
    if (setrlimit(RLIMIT_CORE, &none) < 0 || close_range(3, ~0u, 0) < 0)
        return -errno;
    fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (dup2(fd, STDIN_FILENO) < 0)
        return -errno;
    if (fd > STDERR_FILENO)
        close(fd);
    return 0;
}

static int make_and_check(const char *path)
{
    char at[PATH_MAX];
    int r = folder_make_path(path);

    if (r < 0)
        return r;
    r = folder_check(path, at);
    if (r == -EACCES)
        log_error("folder_out_of_reach", LOG_STR("path", at), LOG_STR("hint", "it needs mode o+x"));
    else if (r < 0)
        log_error("folder_unsafe", LOG_STR("path", at),
                  LOG_STR("hint", "it must not be writable for everybody, nor belong to a daemon"));
    return r;
}

static int make_folders(struct life *life)
{
    const struct daemon_options *o = &life->options.daemon;
    enum role role = life->spec->role;
    char run[sizeof(life->daemon.state_dir)];
    int r;

    if (snprintf(life->daemon.state_dir, sizeof(run), "%s/%s", o->state_dir, role_name(role)) >= (int)sizeof(run) ||
        snprintf(run, sizeof(run), "%s/%s", o->run_dir, role_name(role)) >= (int)sizeof(run))
        return -ENAMETOOLONG;
    r = make_and_check(o->run_dir);
    if (r == 0)
        r = folder_make_owned(run, geteuid(), getegid(), 0755); // root's: nobody else moves the socket
    if (r == 0)
        r = make_and_check(o->state_dir);
    return r == 0 ? folder_make_owned(life->daemon.state_dir, role_uid(role), role_gid(role), 0700) : r;
}

// A socket for each caller, which owns it: nobody else gets as far as the queue.
static int bind_edge(struct life *life, enum role caller)
{
    const struct role_edge edge = {.server = life->spec->role, .caller = caller};
    char path[4096];
    int r = role_socket_path(life->options.daemon.run_dir, &edge, path, sizeof(path));

    if (r == 0)
        r = ipc_bind(path);
    if (r < 0)
        return r;
    life->listen_fds[caller] = r;
    return lchown(path, role_uid(caller), role_gid(caller)) < 0 ? -errno : 0;
}

static int bind_edges(struct life *life)
{
    uint32_t callers = life->options.daemon.release ? 0 : life->daemon.role->serves;
    int r = 0;

    for (int caller = ROLE_NONE; caller < ROLE_COUNT && r == 0; caller++) {
        life->listen_fds[caller] = -1;
        if (callers & ROLE_BIT(caller))
            r = bind_edge(life, (enum role)caller);
    }
    return r;
}

static int open_as_root(struct life *life)
{
    // Releasing needs none, and may come when the gateway's folders are long gone.
    int r = life->options.daemon.release ? 0 : make_folders(life);

    if (r < 0)
        return fail("folders", r);
    r = bind_edges(life);
    if (r < 0)
        return fail("edge", r);
    life->notify_fd = life->options.daemon.release ? -ENOENT : readiness_open();
    if (life->notify_fd < 0 && life->notify_fd != -ENOENT)
        return fail("readiness", life->notify_fd);
    r = life->spec->open ? life->spec->open(&life->daemon) : 0;
    return r < 0 ? fail("open", r) : 0;
}

static void begin_stop(struct life *life);

static void on_signal(uv_signal_t *handle, int number)
{
    log_info("stopping", LOG_STR("signal", strsignal(number)));
    begin_stop(handle->data);
}

static void on_limit(uv_timer_t *timer)
{
    log_warning("stop_incomplete");
    uv_stop(timer->loop);
}

static void limit_loop(struct life *life, uint32_t ms)
{
    uv_timer_start(&life->limit, on_limit, ms, 0);
    uv_unref((uv_handle_t *)&life->limit);
}

static void begin_stop(struct life *life)
{
    if (life->is_stopping)
        return;
    life->is_stopping = true;
    uv_close((uv_handle_t *)&life->terminate, NULL);
    uv_close((uv_handle_t *)&life->interrupt, NULL);
    // A second one, from an impatient launcher or terminal, must not cut the orderly stop short.
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    limit_loop(life, STOP_MAX_MS);
    if (life->spec->stop)
        life->spec->stop(&life->daemon);
    ipc_node_free(life->daemon.node);
    life->daemon.node = NULL;
}

static int open_loop(struct life *life)
{
    int r = uv_loop_init(&life->loop);

    if (r < 0)
        return r;
    life->daemon.loop = &life->loop;
    uv_signal_init(&life->loop, &life->terminate);
    uv_signal_init(&life->loop, &life->interrupt);
    uv_timer_init(&life->loop, &life->limit);
    life->terminate.data = life->interrupt.data = life;
    r = uv_signal_start(&life->terminate, on_signal, SIGTERM);
    return r < 0 ? r : uv_signal_start(&life->interrupt, on_signal, SIGINT);
}

static bool is_alone(const struct life *life)
{
    for (int role = ROLE_NONE + 1; role < ROLE_COUNT; role++)
        if (ipc_node_is_up(life->daemon.node, (enum role)role))
            return false;
    return true;
}

static void on_peer(void *arg, enum role role, bool up)
{
    struct daemon *daemon = arg;
    struct life *life = (struct life *)daemon; // its first member

    if (life->spec->on_peer)
        life->spec->on_peer(daemon, role, up);
    if (life->is_recycling && !up && is_alone(life))
        begin_stop(life);
}

static void on_unheard(uv_timer_t *timer)
{
    begin_stop(timer->data);
}

void daemon_recycle(struct daemon *daemon)
{
    struct life *life = (struct life *)daemon;

    if (life->is_recycling || life->is_stopping)
        return;
    life->is_recycling = true;
    log_info("recycling");
    // The timer that bounds the stop bounds the farewell before it.
    life->limit.data = life;
    uv_timer_start(&life->limit, on_unheard, ipc_node_leave(daemon->node) ? 0 : STOP_MAX_MS, 0);
}

static void on_retired(uv_timer_t *timer)
{
    struct life *life = timer->data;

    daemon_recycle(&life->daemon);
}

void daemon_retire(struct daemon *daemon)
{
    struct life *life = (struct life *)daemon;

    if (life->is_retiring || life->is_recycling || life->is_stopping)
        return;
    life->is_retiring = true;
    ipc_node_drain(daemon->node);
    life->limit.data = life;
    uv_timer_start(&life->limit, on_retired, RETIRE_MAX_MS, 0);
}

static int open_link(struct life *life, enum role server)
{
    const struct role_edge edge = {.server = server, .caller = life->spec->role};
    char path[4096];
    int r = role_socket_path(life->options.daemon.run_dir, &edge, path, sizeof(path));

    return r < 0 ? r : ipc_node_link(life->daemon.node, server, path);
}

static int open_node(struct life *life)
{
    struct ipc_node_config config = {.loop = &life->loop,
                                     .self = life->spec->role,
                                     .methods = ipc_methods,
                                     .uid_of_role = role_uid,
                                     .name_of_role = role_name,
                                     .handlers = life->spec->handlers,
                                     .arg = &life->daemon,
                                     .recycled = roles_recycled(),
                                     .on_peer = on_peer};
    uint32_t links = life->options.daemon.release ? 0 : life->daemon.role->links;
    int r = 0;

    life->daemon.node = ipc_node_new(&config);
    if (!life->daemon.node)
        return -ENOMEM;
    for (int role = ROLE_NONE + 1; r == 0 && role < ROLE_COUNT; role++) {
        if (life->listen_fds[role] >= 0)
            r = ipc_node_listen(life->daemon.node, life->listen_fds[role], (enum role)role);
        if (r == 0 && links & ROLE_BIT(role))
            r = open_link(life, (enum role)role);
    }
    return r;
}

// What mode bits don't tell: access lists, a security module. It would show much later, as edges that never come up.
static int check_reach(const struct life *life)
{
    const char *paths[] = {life->options.daemon.run_dir, life->daemon.state_dir};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (access(paths[i], X_OK) == 0)
            continue;
        log_error("folder_out_of_reach", LOG_STR("path", paths[i]), LOG_UINT("uid", getuid()),
                  LOG_STR("hint", "it and the folders above it need mode o+x"));
        return -EACCES;
    }
    return 0;
}

// Capabilities and Landlock are a thread's own: one that a library started before them would keep what we give up.
static int check_alone(void)
{
    struct stat st;

    if (stat("/proc/self/task", &st) < 0) // a folder's own two links, and one of each thread
        return -errno;
    return st.st_nlink == 3 ? 0 : -EBUSY;
}

static int restrict_files(struct life *life)
{
    struct landlock_rule rules[LANDLOCK_RULES + 1] = {0};
    int r;

    if (life->spec->landlock)
        life->spec->landlock(&life->daemon, rules);
    r = landlock_restrict(rules, life->spec->connects_tcp);
    if (r == -ENOSYS && life->options.daemon.allow_no_landlock) {
        log_warning("no_landlock", LOG_STR("effect", "files are bounded by their modes alone"));
        return 0;
    }
    return r;
}

static int enter_sandbox(struct life *life)
{
    int r = check_alone();

    if (r < 0)
        return fail("threads", r);
    r = priv_drop(life->daemon.role);
    if (r < 0)
        return fail("drop", r);
    r = parent_follow();
    if (r < 0)
        return fail("parent", r);
    r = life->options.daemon.release ? 0 : check_reach(life);
    if (r < 0)
        return r;
    r = open_node(life);
    if (r < 0)
        return fail("edges", r);
    r = restrict_files(life);
    if (r < 0)
        return fail("landlock", r);
    r = seccomp_restrict(life->spec->seccomp, life->options.daemon.violation);
    return r < 0 ? fail("seccomp", r) : 0;
}

static int start(struct life *life)
{
    int r = life->spec->start ? life->spec->start(&life->daemon) : 0;

    if (r < 0)
        return fail("start", r);
    if (life->options.daemon.release)
        return 0;
    if (life->spec->returns_heap)
        heap_return_begin(&life->heap, &life->loop);
    r = readiness_send(life->notify_fd);
    if (r < 0)
        return fail("readiness", r);
    log_info("ready", LOG_UINT("uid", getuid()));
    return 0;
}

static void run(struct life *life)
{
    if (life->options.daemon.release) {
        uv_close((uv_handle_t *)&life->terminate, NULL);
        uv_close((uv_handle_t *)&life->interrupt, NULL);
        ipc_node_free(life->daemon.node);
        life->daemon.node = NULL;
        limit_loop(life, RELEASE_MAX_MS);
    }
    uv_run(&life->loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&life->limit, NULL);
    heap_return_end(&life->heap);
    uv_run(&life->loop, UV_RUN_NOWAIT);
    uv_loop_close(&life->loop);
}

static int prepare(struct life *life)
{
    int r = clean_process();

    if (r < 0)
        return fail("process", r);
    r = roles_resolve(life->options.uid_base);
    if (r < 0)
        return fail("users", r);
    r = open_loop(life);
    return r < 0 ? fail("loop", r) : 0;
}

int daemon_main(const struct daemon_spec *spec, int argc, char **argv)
{
    // Not on the stack: libuv may still point into it when the loop was left by force.
    static struct life life;
    const char *program = role_name(spec->role);
    enum options_outcome outcome = options_parse(program, argc, argv, &life.options);

    if (outcome != OPTIONS_RUN)
        return outcome == OPTIONS_HELP ? EXIT_SUCCESS : EXIT_STATUS_USAGE;
    if (geteuid() != 0) {
        fprintf(stderr, "%s: must be started as root (it gives that up by itself)\n", program);
        return EXIT_FAILURE;
    }
    log_init(program, life.options.log_level, life.options.log_format);
    life.spec = spec;
    life.daemon.options = &life.options.daemon;
    life.daemon.role = role_find(spec->role);
    life.daemon.self = spec->self;
    if (prepare(&life) < 0 || open_as_root(&life) < 0 || enter_sandbox(&life) < 0 || start(&life) < 0)
        return EXIT_FAILURE;
    run(&life);
    log_info("stopped");
    return EXIT_SUCCESS;
}
