#include "api-d/config_source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "lib/daemon/parent.h"

#define RUN_FILE "config.run"

// Field 22 of /proc/PID/stat, start time: the 20th behind the name in parentheses, which may hold anything.
static const char *find_start_time(const char *line)
{
    const char *p = strrchr(line, ')');

    for (unsigned i = 0; p && i < 20; i++) {
        p = strchr(p, ' ');
        if (p)
            p++;
    }
    return p;
}

static void read_run(char *out, size_t out_size)
{
    const char *launcher = getenv(PARENT_VARIABLE), *started = NULL;
    char path[64], line[1024];
    FILE *f;

    out[0] = 0;
    if (!launcher)
        return;
    snprintf(path, sizeof(path), "/proc/%ld/stat", strtol(launcher, NULL, 10));
    f = fopen(path, "re");
    if (!f)
        return;
    if (fgets(line, sizeof(line), f))
        started = find_start_time(line);
    if (started)
        snprintf(out, out_size, "%ld %llu", strtol(launcher, NULL, 10), strtoull(started, NULL, 10));
    fclose(f);
}

int config_source_open(const char *file, struct config_source *ret_source)
{
    struct config_source source = {.file = file};
    int fd, err;

    read_run(source.run, sizeof(source.run));
    if (file) {
        fd = open(file, O_RDONLY | O_CLOEXEC);
        err = fd < 0 ? -errno : desired_state_read_fd(fd, &source.text);
        if (fd >= 0)
            close(fd);
        if (err < 0) {
            log_error("config_unreadable", LOG_STR("file", file), LOG_ERRNO(err));
            return err;
        }
    }
    *ret_source = source;
    return 0;
}

void config_source_done(struct config_source *source)
{
    buffer_done(&source->text);
}

static int run_path(const char *folder, char *out)
{
    return snprintf(out, PATH_MAX, "%s/" RUN_FILE, folder) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static bool is_same_run(const struct config_source *source, const char *folder)
{
    char path[PATH_MAX], stored[sizeof(source->run)] = "";
    FILE *f;

    if (!source->run[0] || run_path(folder, path) < 0)
        return false;
    f = fopen(path, "re");
    if (!f)
        return false;
    if (!fgets(stored, sizeof(stored), f))
        stored[0] = 0;
    fclose(f);
    return !strcmp(stored, source->run);
}

static void store_run(const struct config_source *source, const char *folder)
{
    char path[PATH_MAX];
    FILE *f;

    if (!source->run[0] || run_path(folder, path) < 0)
        return;
    f = fopen(path, "we");
    if (!f) {
        log_warning("run_not_stored", LOG_ERRNO(errno));
        return;
    }
    fputs(source->run, f);
    fclose(f);
}

static int decode(struct bytes text, const char *file, struct desired_state **ret_state)
{
    char *lines, *line, *rest;
    int err = desired_state_decode(text, file, ret_state, &lines);

    rest = lines;
    while (err < 0 && (line = strsep(&rest, "\n")))
        log_error("config_invalid", LOG_STR("at", line));
    free(lines);
    return err;
}

// What was applied last. -ENOENT: nothing ever was.
static int load_stored(const char *folder, struct desired_state **ret_state)
{
    struct buffer text = {0};
    int err = desired_state_read(folder, &text);

    if (err < 0) {
        if (err != -ENOENT)
            log_error("config_unreadable", LOG_STR("file", "config.yaml"), LOG_ERRNO(err));
        return err;
    }
    err = decode(buffer_view(&text), "config.yaml", ret_state);
    buffer_done(&text);
    return err;
}

static int load_file(const struct config_source *source, const char *folder, struct desired_state **ret_state)
{
    struct desired_state *state;
    int err = decode(buffer_view(&source->text), source->file, &state);

    if (err < 0)
        return err;
    err = desired_state_prepare(folder, state);
    if (!err)
        err = desired_state_commit(folder);
    if (err < 0) {
        log_error("config_not_stored", LOG_ERRNO(err));
        desired_state_free(state);
        return err;
    }
    store_run(source, folder);
    *ret_state = state;
    return 0;
}

int config_source_choose(const struct config_source *source, const char *folder, struct desired_state **ret_state)
{
    int err;

    if (source->file && !is_same_run(source, folder)) {
        err = load_file(source, folder, ret_state);
        if (!err)
            return 0;
        if (load_stored(folder, ret_state) < 0)
            return err;
        log_warning("config_former", LOG_STR("reason", "the file is wrong; what was applied last runs on"));
        return 0;
    }
    err = load_stored(folder, ret_state);
    if (err == -ENOENT && source->file)
        return load_file(source, folder, ret_state);
    if (err == -ENOENT)
        return (*ret_state = desired_state_empty()) ? 0 : -ENOMEM;
    return err;
}
