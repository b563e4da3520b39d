#include "api-d/http/http_server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "api-d/api_limits.h"
#include "api-d/authorize.h"
#include "api-d/http/http_connection.h"
#include "lib/core/log.h"
#include "lib/core/secret.h"

#define READ_BYTES 65536u
#define SWEEP_MS   1000u

struct http_server {
    struct http_server_config config;
    uv_pipe_t listener;
    uv_timer_t sweep;
    unsigned handles; // open ones of the server's own
    struct client *first;
    unsigned count;
    bool stopping;
    char read[READ_BYTES];
};

struct client {
    struct http_server *server;
    struct client *next, *prev;
    uv_pipe_t pipe;
    uv_write_t write;
    struct buffer sending;
    struct http_connection *connection;
    bool writing, reading, at_end, closing;
    uint64_t read_ms;    // of the last input
    uint64_t write_ms;   // when the write under way began
    uint64_t request_ms; // when the phase "receiving" began, 0 outside of it
};

static uint64_t now_ms(const struct client *client)
{
    return uv_now(client->server->config.loop);
}

static void free_if_done(struct http_server *server)
{
    if (server->stopping && !server->handles && !server->first)
        free(server);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    struct http_server *server = client->server;

    if (client->prev)
        client->prev->next = client->next;
    else
        server->first = client->next;
    if (client->next)
        client->next->prev = client->prev;
    server->count--;
    buffer_done(&client->sending);
    free(client);
    free_if_done(server);
}

static void close_client(struct client *client)
{
    if (client->closing)
        return;
    client->closing = true;
    http_connection_free(client->connection);
    client->connection = NULL;
    uv_close((uv_handle_t *)&client->pipe, on_client_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct client *client = handle->data;

    (void)suggested;
    *buf = uv_buf_init(client->server->read, READ_BYTES);
}

static void flush(struct client *client);

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    int err;

    if (n == 0)
        return;
    client->read_ms = now_ms(client);
    if (n < 0) {
        client->at_end = true;
        client->reading = false;
        uv_read_stop(stream);
        // A client may close its own side and still read the answer.
        if (n != UV_EOF ||
            (http_connection_phase(client->connection) != HTTP_CONNECTION_PHASE_ANSWERING && !client->writing))
            close_client(client);
        return;
    }
    err = http_connection_feed(client->connection, bytes_of(buf->base, (size_t)n));
    secret_wipe(buf->base, (size_t)n);
    if (err < 0)
        close_client(client);
    else
        flush(client);
}

static void steer_reading(struct client *client)
{
    bool wanted = !client->at_end && http_connection_wants_input(client->connection);

    if (wanted && !client->reading) {
        client->read_ms = now_ms(client);
        client->reading = uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read) == 0;
    } else if (!wanted && client->reading) {
        uv_read_stop((uv_stream_t *)&client->pipe);
        client->reading = false;
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct client *client = write->data;

    buffer_done(&client->sending);
    client->writing = false;
    if (client->closing)
        return;
    if (status < 0)
        close_client(client);
    else
        flush(client);
}

static bool start_write(struct client *client)
{
    uv_buf_t buf = uv_buf_init((char *)client->sending.p, (unsigned)client->sending.n);

    client->write.data = client;
    client->writing = true;
    client->write_ms = now_ms(client);
    return uv_write(&client->write, (uv_stream_t *)&client->pipe, &buf, 1, on_written) == 0;
}

// Sends what there is. False: the client was closed.
static bool send_output(struct client *client)
{
    if (client->writing)
        return true;
    if (http_connection_pull(client->connection, &client->sending) < 0) {
        close_client(client);
        return false;
    }
    if (client->sending.n) {
        if (start_write(client))
            return true;
        client->writing = false;
        close_client(client);
        return false;
    }
    if (http_connection_is_closing(client->connection) ||
        (client->at_end && http_connection_phase(client->connection) != HTTP_CONNECTION_PHASE_ANSWERING)) {
        close_client(client);
        return false;
    }
    return true;
}

static void flush(struct client *client)
{
    if (client->closing || !send_output(client))
        return;
    if (http_connection_phase(client->connection) != HTTP_CONNECTION_PHASE_RECEIVING)
        client->request_ms = 0;
    else if (!client->request_ms)
        client->request_ms = now_ms(client);
    steer_reading(client);
}

static void on_activity(void *arg)
{
    flush(arg);
}

static void on_ready(void *arg, struct exchange *exchange)
{
    const struct client *client = arg;

    client->server->config.on_ready(client->server->config.arg, exchange);
}

static bool is_stalled(const struct client *client)
{
    uint64_t now = now_ms(client);

    if (client->writing)
        return now - client->write_ms > API_WRITE_STALL_MS;
    switch (http_connection_phase(client->connection)) {
    case HTTP_CONNECTION_PHASE_ANSWERING:
        return false; // calls have a time-out of their own
    case HTTP_CONNECTION_PHASE_RECEIVING:
        return now - client->read_ms > API_READ_STALL_MS ||
               (client->request_ms && now - client->request_ms > API_REQUEST_MS);
    case HTTP_CONNECTION_PHASE_IDLE:
        break;
    }
    return now - client->read_ms > API_IDLE_MS;
}

static void on_sweep(uv_timer_t *timer)
{
    struct http_server *server = timer->data;

    for (struct client *client = server->first; client; client = client->next) {
        if (client->closing || !is_stalled(client))
            continue;
        if (client->writing || http_connection_phase(client->connection) != HTTP_CONNECTION_PHASE_IDLE) {
            log_info("api_client_stalled");
            close_client(client);
        } else {
            http_connection_terminate(client->connection);
            flush(client);
        }
    }
    if (!server->count)
        uv_timer_stop(timer);
}

static int identify(struct client *client, struct exchange_client *ret_client)
{
    uv_os_fd_t fd;
    int err = uv_fileno((uv_handle_t *)&client->pipe, &fd);

    return err ? err : authorize_client(fd, client->server->config.admin_gid, ret_client);
}

static int open_connection(struct client *client)
{
    struct http_connection_config config = {
        .on_ready = on_ready,
        .on_activity = on_activity,
        .arg = client,
        .budget = client->server->config.budget,
    };
    int err = identify(client, &config.client);

    if (err < 0)
        return err;
    client->connection = http_connection_new(&config);
    return client->connection ? 0 : -ENOMEM;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct http_server *server = listener->data;
    struct client *client;

    if (status < 0 || server->stopping)
        return;
    client = calloc(1, sizeof(*client));
    if (!client)
        return;
    client->server = server;
    client->next = server->first;
    if (server->first)
        server->first->prev = client;
    server->first = client;
    server->count++;
    uv_pipe_init(server->config.loop, &client->pipe, 0);
    client->pipe.data = client;
    client->read_ms = now_ms(client);
    if (uv_accept(listener, (uv_stream_t *)&client->pipe) < 0 || server->count > API_CONNECTIONS_MAX ||
        open_connection(client) < 0) {
        close_client(client);
        return;
    }
    if (!uv_is_active((uv_handle_t *)&server->sweep))
        uv_timer_start(&server->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    flush(client);
}

int http_server_bind(const char *path, gid_t admin_gid)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask;
    int fd, err;

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    unlink(path);
    mask = umask(0117);
    err = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
    umask(mask);
    if (!err && chown(path, 0, admin_gid) < 0)
        err = -errno;
    if (err < 0) {
        close(fd);
        return err;
    }
    return fd;
}

static void on_own_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;

    server->handles--;
    free_if_done(server);
}

int http_server_start(const struct http_server_config *config, int fd, struct http_server **ret_server)
{
    struct http_server *server = calloc(1, sizeof(*server));
    int err;

    if (!server) {
        close(fd);
        return -ENOMEM;
    }
    server->config = *config;
    uv_pipe_init(config->loop, &server->listener, 0);
    uv_timer_init(config->loop, &server->sweep);
    server->listener.data = server;
    server->sweep.data = server;
    server->handles = 2;
    err = uv_pipe_open(&server->listener, fd);
    if (err < 0)
        close(fd);
    else
        err = uv_listen((uv_stream_t *)&server->listener, (int)API_CONNECTIONS_MAX, on_connection);
    if (err < 0) {
        http_server_stop(server);
        return err;
    }
    *ret_server = server;
    return 0;
}

void http_server_stop(struct http_server *server)
{
    if (!server || server->stopping)
        return;
    server->stopping = true;
    uv_close((uv_handle_t *)&server->listener, on_own_closed);
    uv_close((uv_handle_t *)&server->sweep, on_own_closed);
    for (struct client *client = server->first; client; client = client->next)
        close_client(client);
}
