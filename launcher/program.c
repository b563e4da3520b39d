#include "launcher/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int own_folder(char *out, size_t out_size)
{
    ssize_t n = readlink("/proc/self/exe", out, out_size - 1);
    char *slash;

    if (n < 0)
        return -errno;
    out[n] = '\0';
    slash = strrchr(out, '/');
    if (!slash)
        return -ENOENT;
    *slash = '\0';
    return 0;
}

static int has_program(const char *folder, const char *name)
{
    char path[PATH_MAX];

    return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && access(path, X_OK) == 0;
}

int program_find_folder(const char *name, char *out, size_t out_size)
{
    char own[PATH_MAX], moved[PATH_MAX + 32];
    const char *folders[3] = {BULKHEAD_LIBEXEC};

    if (own_folder(own, sizeof(own)) == 0) {
        snprintf(moved, sizeof(moved), "%s/../libexec/bulkhead", own);
        folders[0] = own;
        folders[1] = moved; // an installation that was moved as a whole
        folders[2] = BULKHEAD_LIBEXEC;
    }
    for (size_t i = 0; i < 3 && folders[i]; i++)
        if (has_program(folders[i], name))
            return snprintf(out, out_size, "%s", folders[i]) < (int)out_size ? 0 : -ENAMETOOLONG;
    return -ENOENT;
}
