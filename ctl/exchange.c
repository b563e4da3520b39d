#include "ctl/exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <http_parser.h>

#include "lib/core/clock.h"
#include "lib/core/secret.h"
#include "lib/schema/wiping.h"

#define CHUNK_BYTES 16384

static int reserve(struct exchange_response *response, size_t *capacity, size_t n)
{
    size_t wanted = 2 * *capacity + n + 1;
    char *body;

    if (*capacity - response->n > n)
        return 0;
    body = wiping_malloc(wanted);
    if (!body)
        return -ENOMEM;
    if (response->n)
        memcpy(body, response->body, response->n);
    wiping_free(response->body);
    response->body = body;
    *capacity = wanted;
    return 0;
}

struct reading {
    struct exchange_response response;
    size_t capacity;
    int error;
};

static int on_body(http_parser *parser, const char *p, size_t n)
{
    struct reading *reading = parser->data;

    reading->error =
        reading->response.n + n > EXCHANGE_BODY_MAX ? -EMSGSIZE : reserve(&reading->response, &reading->capacity, n);
    if (reading->error < 0)
        return 1;
    memcpy(reading->response.body + reading->response.n, p, n);
    reading->response.n += n;
    reading->response.body[reading->response.n] = '\0';
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    struct reading *reading = parser->data;

    reading->response.status = parser->status_code;
    reading->response.complete = true;
    return 0;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, r;

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

static int wait_for(int fd, short events, uint64_t deadline_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    uint64_t now_ms = clock_monotonic_ms(&clock_system);
    int r;

    if (now_ms >= deadline_ms)
        return -ETIMEDOUT;
    r = poll(&p, 1, (int)(deadline_ms - now_ms));
    if (r < 0)
        return errno == EINTR ? 0 : -errno;
    return r == 0 ? -ETIMEDOUT : 0;
}

static int send_all(int fd, struct bytes request, uint64_t deadline_ms)
{
    int r = 0;

    while (request.n > 0 && (r = wait_for(fd, POLLOUT, deadline_ms)) == 0) {
        ssize_t n = send(fd, request.p, request.n, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EPIPE) // it may have answered already, "too large"
            return 0;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -errno;
        if (n > 0)
            request = bytes_of(request.p + n, request.n - (size_t)n);
    }
    return r;
}

static int receive_all(int fd, struct reading *reading, uint64_t deadline_ms)
{
    http_parser_settings settings;
    http_parser parser;
    char chunk[CHUNK_BYTES];
    int r = 0;

    http_parser_settings_init(&settings);
    settings.on_body = on_body;
    settings.on_message_complete = on_message_complete;
    http_parser_init(&parser, HTTP_RESPONSE);
    parser.data = reading;
    while (!reading->response.complete && (r = wait_for(fd, POLLIN, deadline_ms)) == 0) {
        ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0)
            r = -errno;
        else if (http_parser_execute(&parser, &settings, chunk, (size_t)n) != (size_t)n)
            r = reading->error < 0 ? reading->error : -EBADMSG;
        else if (n == 0 && !reading->response.complete)
            r = -ECONNRESET;
        if (r < 0)
            break;
    }
    secret_wipe(chunk, sizeof(chunk));
    return r;
}

int exchange_run(const char *socket, unsigned timeout_s, struct bytes request, struct exchange_response *ret_response)
{
    uint64_t deadline_ms = clock_monotonic_ms(&clock_system) + (uint64_t)timeout_s * 1000;
    struct reading reading = {0};
    int fd = connect_to(socket), r;

    if (fd < 0)
        return fd;
    r = reserve(&reading.response, &reading.capacity, 0);
    if (r == 0)
        reading.response.body[0] = '\0';
    if (r == 0)
        r = send_all(fd, request, deadline_ms);
    if (r == 0)
        r = receive_all(fd, &reading, deadline_ms);
    close(fd);
    if (r < 0) {
        wiping_free(reading.response.body);
        return r;
    }
    *ret_response = reading.response;
    return 0;
}
