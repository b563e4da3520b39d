#include "ctl/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ctl/option.h"

bool output_file_open(const struct invocation *inv, bool is_secret, bool is_binary, struct output_file *ret_file)
{
    const char *path = option_text(inv, "to");
    struct output_file file = {.path = path && strcmp(path, "-") != 0 ? path : NULL, .fd = -1};

    if (!file.path && is_binary && isatty(fileno(inv->out))) {
        invocation_complain(inv, "that is not for a terminal; --to FILE would be right");
        return false;
    }
    if (file.path) {
        file.fd = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, is_secret ? 0600 : 0644);
        if (file.fd < 0) {
            invocation_complain(inv, "%s: %s", file.path,
                                errno == EEXIST ? "is there already, and is not overwritten" : strerror(errno));
            return false;
        }
    }
    *ret_file = file;
    return true;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t r = write(fd, p, n);

        if (r < 0 && errno != EINTR)
            return -errno;
        p += r > 0 ? r : 0;
        n -= r > 0 ? (size_t)r : 0;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

static enum exit_code write_stdout(const struct invocation *inv, const ProtobufCBinaryData *data)
{
    // Without a buffer, which would keep a copy of a key.
    setvbuf(inv->out, NULL, _IONBF, 0);
    if (fwrite(data->data, 1, data->len, inv->out) == data->len)
        return EXIT_OK;
    invocation_complain(inv, "can't write stdout: %s", strerror(errno));
    return EXIT_REFUSED;
}

enum exit_code output_file_write(const struct invocation *inv, struct output_file *file,
                                 const ProtobufCBinaryData *data)
{
    int err;

    if (!file->path)
        return write_stdout(inv, data);
    err = write_all(file->fd, data->data, data->len);
    if (err < 0) {
        invocation_complain(inv, "%s: %s", file->path, strerror(-err));
        output_file_drop(file);
        return EXIT_REFUSED;
    }
    close(file->fd);
    file->fd = -1;
    return EXIT_OK;
}

void output_file_drop(struct output_file *file)
{
    if (file->fd < 0)
        return;
    close(file->fd);
    unlink(file->path);
    file->fd = -1;
}
