// The file part of desired_state.h.
#include "api-d/desired_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "api-d/api_limits.h"

#define NAME     "config.yaml"
#define NEW_NAME "config.yaml.new"

static int open_in(const char *folder, const char *name, int flags)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? -errno : fd;
}

int desired_state_read_fd(int fd, struct buffer *ret_text)
{
    struct buffer text = {0};
    char part[16384];
    ssize_t n;

    while ((n = read(fd, part, sizeof(part))) > 0) {
        if (text.n + (size_t)n > API_CONFIG_MAX_BYTES || buffer_append(&text, bytes_of(part, (size_t)n)) < 0) {
            buffer_done(&text);
            return -EFBIG;
        }
    }
    if (n < 0) {
        n = -errno;
        buffer_done(&text);
        return (int)n;
    }
    *ret_text = text;
    return 0;
}

int desired_state_read(const char *folder, struct buffer *ret_text)
{
    int fd = open_in(folder, NAME, O_RDONLY);
    int err;

    if (fd < 0)
        return fd;
    err = desired_state_read_fd(fd, ret_text);
    close(fd);
    return err;
}

static int write_all(int fd, struct bytes text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        text = bytes_of(text.p + n, text.n - (size_t)n);
    }
    return fsync(fd) < 0 ? -errno : 0;
}

int desired_state_prepare(const char *folder, const struct desired_state *state)
{
    int fd = open_in(folder, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC);
    int err;

    if (fd < 0)
        return fd;
    err = write_all(fd, buffer_view(&state->text));
    if (close(fd) < 0 && !err)
        err = -errno;
    return err;
}

int desired_state_commit(const char *folder)
{
    int fd = open_in(folder, ".", O_RDONLY | O_DIRECTORY);
    int err = 0;

    if (fd < 0)
        return fd;
    if (renameat(fd, NEW_NAME, fd, NAME) < 0 || fsync(fd) < 0)
        err = -errno;
    close(fd);
    return err;
}

void desired_state_abandon(const char *folder)
{
    int fd = open_in(folder, ".", O_RDONLY | O_DIRECTORY);

    if (fd < 0)
        return;
    unlinkat(fd, NEW_NAME, 0);
    close(fd);
}
