#include "lib/daemon/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/priv/roles.h"

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

static bool is_of_daemon(uid_t uid)
{
    for (int role = ROLE_LAUNCHER + 1; role < ROLE_COUNT; role++)
        if (role_uid((enum role)role) == uid)
            return true;
    return false;
}

static int check_one(const char *path, bool is_last)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return -errno;
    if (st.st_mode & S_IWOTH && (is_last || !(st.st_mode & S_ISVTX)))
        return -EPERM;
    if (is_of_daemon(st.st_uid))
        return -EPERM;
    return st.st_mode & S_IXOTH ? 0 : -EACCES;
}

int folder_check(const char *path, char *ret_at)
{
    char part[PATH_MAX];
    int r = 0;

    if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
        return -ENAMETOOLONG;
    for (char *p = part + 1; r == 0 && *part && (p = strchr(p, '/')); p++) {
        *p = '\0';
        r = check_one(part, false);
        if (r == 0)
            *p = '/';
    }
    if (r == 0)
        r = check_one(part, true);
    if (r < 0)
        memcpy(ret_at, part, sizeof(part));
    return r;
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
