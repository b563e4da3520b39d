#include "pki-d/master_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/secret.h"

static int make_path(const char *folder, const char *name, char path[PATH_MAX])
{
    int n = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

// Reads the whole file, which must be exactly as long as a key.
static int read_key(int fd, struct master_key *ret_key)
{
    uint8_t buffer[PKI_MASTER_KEY_BYTES + 1];
    size_t n = 0;
    ssize_t got = 1;
    int r = 0;

    while (n < sizeof(buffer) && got > 0) {
        got = read(fd, buffer + n, sizeof(buffer) - n);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        if (got < 0)
            r = -errno;
        else
            n += (size_t)got;
    }
    if (r == 0 && n != PKI_MASTER_KEY_BYTES)
        r = -EINVAL;
    for (size_t i = 0; r == 0 && i < PKI_MASTER_KEY_BYTES; i++)
        ret_key->b[i] = buffer[i];
    secret_wipe(buffer, sizeof(buffer));
    return r;
}

int master_key_read_credential(const char *folder, struct master_key *ret_key)
{
    char path[PATH_MAX];
    int fd, r;

    r = make_path(folder, "master-key", path);
    if (r < 0)
        return r;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    r = read_key(fd, ret_key);
    close(fd);
    return r;
}

static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = 0;

    if (fd < 0)
        return -errno;
    if (fsync(fd) < 0)
        r = -errno;
    close(fd);
    return r;
}

static int write_key(int fd, const struct master_key *key)
{
    ssize_t n = write(fd, key->b, sizeof(key->b));

    if (n < 0)
        return -errno;
    if (n != (ssize_t)sizeof(key->b))
        return -EIO;
    return fsync(fd) < 0 ? -errno : 0;
}

// Written under another name and linked into place, so that a crash never leaves a short key behind.
static int make_key(const char *folder, const char *path, struct master_key *ret_key)
{
    struct master_key key;
    char draft[PATH_MAX];
    int fd = -1, r;

    r = make_path(folder, "master.key.new", draft);
    if (r < 0)
        return r;
    if (getrandom(key.b, sizeof(key.b), 0) != (ssize_t)sizeof(key.b))
        return -EIO;
    unlink(draft); // of a start that was cut short
    fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        r = -errno;
        goto out;
    }
    r = write_key(fd, &key);
    close(fd);
    if (r == 0 && rename(draft, path) < 0)
        r = -errno;
    if (r == 0)
        r = sync_folder(folder);
    if (r == 0)
        *ret_key = key;
out:
    master_key_wipe(&key);
    return r;
}

int master_key_load(const char *folder, struct master_key *ret_key)
{
    char path[PATH_MAX];
    struct stat st;
    int fd, r;

    r = make_path(folder, "master.key", path);
    if (r < 0)
        return r;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? make_key(folder, path, ret_key) : -errno;
    if (fstat(fd, &st) < 0)
        r = -errno;
    else if (st.st_mode & 077)
        r = -EPERM;
    else
        r = read_key(fd, ret_key);
    close(fd);
    return r;
}

void master_key_wipe(struct master_key *key)
{
    secret_wipe(key, sizeof(*key));
}
