#include "lib/daemon/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// mkdir with that mode whatever the umask; an existing folder is fine.
static int make(const char *path, mode_t mode)
{
    mode_t mask = umask(0);
    int r = mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;

    umask(mask);
    return r;
}

int folder_make_path(const char *path)
{
    char part[PATH_MAX];
    struct stat st;
    int r = 0;

    if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
        return -ENAMETOOLONG;
    for (char *p = part + 1; r == 0 && *part && (p = strchr(p, '/')); p++) {
        *p = '\0';
        r = make(part, 0755);
        *p = '/';
    }
    if (r == 0)
        r = make(part, 0755);
    if (r < 0)
        return r;
    if (stat(path, &st) < 0)
        return -errno;
    return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int folder_make_owned(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
    int r = make(path, 0700);
    int fd;

    if (r < 0)
        return r;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fchown(fd, uid, gid) < 0 || fchmod(fd, mode) < 0)
        r = -errno;
    close(fd);
    return r;
}
