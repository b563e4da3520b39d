#include "ctl/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/wiping.h"

#define CHUNK_BYTES 65536u

// Takes up to *size bytes more; the old memory is wiped.
static bool grow(struct input_file *file, size_t *size)
{
    size_t wanted = 2 * *size + CHUNK_BYTES;
    uint8_t *longer = wiping_malloc(wanted);

    if (!longer)
        return false;
    if (file->n)
        memcpy(longer, file->bytes, file->n);
    wiping_free(file->bytes);
    file->bytes = longer;
    *size = wanted;
    return true;
}

static int read_all(int fd, size_t max, struct input_file *file)
{
    size_t size = 0;

    for (;;) {
        ssize_t r;

        if (file->n > max)
            return -EFBIG;
        if (file->n == size && !grow(file, &size))
            return -ENOMEM;
        r = read(fd, file->bytes + file->n, size - file->n);
        if (r == 0)
            return 0;
        if (r < 0 && errno != EINTR)
            return -errno;
        file->n += r > 0 ? (size_t)r : 0;
    }
}

bool input_file_read(const struct invocation *inv, const char *path, size_t max, struct input_file *ret_file)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? fileno(inv->in) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct input_file file = {0};
    int err = fd < 0 ? -errno : read_all(fd, max, &file);

    if (fd >= 0 && !is_stdin)
        close(fd);
    if (!err && file.n) {
        *ret_file = file;
        return true;
    }
    if (err == -EFBIG)
        invocation_complain(inv, "%s: longer than %zu KiB", path, max / 1024);
    else
        invocation_complain(inv, "%s: %s", path, err ? strerror(-err) : "empty");
    input_file_done(&file);
    return false;
}

void input_file_done(struct input_file *file)
{
    wiping_free(file->bytes);
    *file = (struct input_file){0};
}
