#include "ctl/quiet_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/option.h"
#include "lib/core/secret.h"

#define BUFFER_BYTES (QUIET_INPUT_PASSPHRASE_MAX + 2) // with the newline, and one byte to see that there is more

static ssize_t read_all(int fd, uint8_t *buffer, size_t size)
{
    size_t n = 0;

    while (n < size) {
        ssize_t r = read(fd, buffer + n, size - n);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -errno;
        if (r == 0)
            break;
        n += (size_t)r;
        if (isatty(fd) && buffer[n - 1] == '\n')
            break;
    }
    return (ssize_t)n;
}

ssize_t quiet_input_read(const struct invocation *inv, const char *prompt, uint8_t *buffer, size_t size)
{
    int fd = fileno(inv->in);
    struct termios before, quiet;
    ssize_t n;

    if (tcgetattr(fd, &before) < 0)
        return read_all(fd, buffer, size);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(inv->err, "%s: ", prompt);
    fflush(inv->err);
    tcsetattr(fd, TCSAFLUSH, &quiet);
    n = read_all(fd, buffer, size);
    tcsetattr(fd, TCSAFLUSH, &before);
    fputc('\n', inv->err);
    return n;
}

static ssize_t read_file(const struct invocation *inv, const char *path, uint8_t *buffer)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = fd < 0 ? -errno : read_all(fd, buffer, BUFFER_BYTES);

    if (fd >= 0)
        close(fd);
    if (n < 0)
        invocation_complain(inv, "%s: %s", path, strerror((int)-n));
    return n;
}

static ssize_t read_stdin(const struct invocation *inv, const char *prompt, uint8_t *buffer)
{
    ssize_t n = quiet_input_read(inv, prompt, buffer, BUFFER_BYTES);

    if (n < 0)
        invocation_complain(inv, "can't read stdin: %s", strerror((int)-n));
    return n;
}

// The first line; -1 when it is missing or too long, which is said.
static ssize_t first_line(const struct invocation *inv, const uint8_t *buffer, ssize_t n)
{
    const uint8_t *end = n > 0 ? memchr(buffer, '\n', (size_t)n) : NULL;

    if (n < 0)
        return -1;
    n = end ? end - buffer : n;
    if (n > 0 && buffer[n - 1] == '\r')
        n--;
    if (n >= 1 && n <= QUIET_INPUT_PASSPHRASE_MAX)
        return n;
    invocation_complain(inv, n ? "the passphrase is longer than %d bytes" : "there is no passphrase (1 to %d bytes)",
                        QUIET_INPUT_PASSPHRASE_MAX);
    return -1;
}

// Somebody typed it blindly.
static bool confirm(const struct invocation *inv, const uint8_t *buffer, ssize_t n)
{
    uint8_t *again = secret_alloc(BUFFER_BYTES);
    ssize_t again_n = again ? first_line(inv, again, read_stdin(inv, "again", again)) : -1;
    bool same = again_n == n && bytes_equal_secret(bytes_of(again, (size_t)again_n), bytes_of(buffer, (size_t)n));

    if (again_n >= 0 && !same)
        invocation_complain(inv, "the two passphrases differ");
    if (again)
        secret_free(again, BUFFER_BYTES);
    return same;
}

bool quiet_input_passphrase(const struct invocation *inv, bool is_new, struct quiet_input *ret_passphrase)
{
    const char *file = option_text(inv, "passphrase-file");
    bool typed = (!file || strcmp(file, "-") == 0) && isatty(fileno(inv->in));
    uint8_t *buffer = secret_alloc(BUFFER_BYTES);
    ssize_t n;

    if (!buffer) {
        invocation_complain(inv, "out of memory");
        return false;
    }
    if (file && strcmp(file, "-") != 0)
        n = read_file(inv, file, buffer);
    else
        n = read_stdin(inv, is_new ? "new passphrase" : "passphrase", buffer);
    n = first_line(inv, buffer, n);
    if (n < 0 || (typed && is_new && !confirm(inv, buffer, n))) {
        secret_free(buffer, BUFFER_BYTES);
        return false;
    }
    *ret_passphrase = (struct quiet_input){.bytes = buffer, .n = (size_t)n};
    return true;
}

void quiet_input_done(struct quiet_input *passphrase)
{
    if (passphrase->bytes)
        secret_free(passphrase->bytes, BUFFER_BYTES);
    *passphrase = (struct quiet_input){0};
}
