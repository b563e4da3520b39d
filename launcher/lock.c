#include "launcher/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int open_file(const char *run_dir, int flags)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf(path, sizeof(path), "%s/bulkhead.pid", run_dir) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd < 0 ? -errno : fd;
}

static int write_file(int fd, const char *tun)
{
    char text[128];
    int n = snprintf(text, sizeof(text), "%d\n%s\n", (int)getpid(), tun);

    if (ftruncate(fd, 0) < 0 || write(fd, text, (size_t)n) != n)
        return errno ? -errno : -EIO;
    return 0;
}

int lock_take(const char *run_dir, const char *tun)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open_file(run_dir, O_RDWR | O_CREAT);
    int r;

    if (fd < 0)
        return fd;
    if (fcntl(fd, F_SETLK, &lock) < 0)
        r = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
    else
        r = write_file(fd, tun);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

pid_t lock_find_holder(const char *run_dir)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open_file(run_dir, O_RDWR);
    int r;

    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    r = fcntl(fd, F_GETLK, &lock) < 0 ? -errno : 0;
    close(fd);
    if (r < 0)
        return r;
    if (lock.l_type == F_UNLCK)
        return 0;
    return lock.l_pid > 0 ? lock.l_pid : -EREMOTE; // of another process namespace
}

int lock_read_tun(const char *run_dir, char *out, size_t out_size)
{
    char text[128] = "";
    int fd = open_file(run_dir, O_RDONLY);
    char *line, *end;
    ssize_t n;

    if (fd < 0)
        return fd;
    n = read(fd, text, sizeof(text) - 1);
    close(fd);
    line = n > 0 ? strchr(text, '\n') : NULL;
    end = line ? strchr(line + 1, '\n') : NULL;
    if (!end || end == line + 1)
        return -ENOENT;
    *end = '\0';
    return snprintf(out, out_size, "%s", line + 1) < (int)out_size ? 0 : -ENOENT;
}
