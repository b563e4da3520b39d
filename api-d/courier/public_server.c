#include "api-d/courier/public_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api-d/courier/courier_limits.h"
#include "api-d/courier/public_sources.h"
#include "lib/core/log.h"

#define SWEEP_MS 500u

struct public_server {
    struct public_server_config config;
    uv_tcp_t listeners[COURIER_LISTENERS_MAX];
    unsigned listeners_n;
    uv_timer_t sweep;
    struct public_sources *sources;
    struct public_connection *first;
    unsigned count;
    unsigned handles; // open ones of the server's own
    bool stopping;
};

struct public_connection {
    struct public_server *server;
    struct public_connection *next, *prev;
    uv_tcp_t tcp;
    uv_write_t write;
    struct public_source *source;
    struct public_reader reader;
    char input[COURIER_READ_BYTES];
    size_t input_at, input_n; // read and not parsed yet
    char head[PUBLIC_ANSWER_HEAD_MAX];
    struct document *document; // being sent
    uint64_t since_ms;         // idle, receiving, or without progress in sending
    size_t left_bytes;         // to be sent, when last looked at
    bool receiving;            // a request has begun
    bool asking;               // it is handed out
    bool sending, last;        // an answer is on its way, the last one
    bool closing, closed;
};

static uint64_t now_ms(const struct public_server *server)
{
    return uv_now(server->config.loop);
}

static void free_if_done(struct public_server *server)
{
    if (!server->stopping || server->handles || server->first)
        return;
    public_sources_free(server->sources);
    free(server);
}

// Stays until it is closed and has its answer.
static void release(struct public_connection *c)
{
    struct public_server *server = c->server;

    if (!c->closed || c->asking)
        return;
    if (c->prev)
        c->prev->next = c->next;
    else
        server->first = c->next;
    if (c->next)
        c->next->prev = c->prev;
    server->count--;
    if (c->source)
        public_sources_leave(c->source, now_ms(server));
    document_unref(c->document);
    free(c);
    free_if_done(server);
}

static void on_closed(uv_handle_t *handle)
{
    struct public_connection *c = handle->data;

    c->closed = true;
    release(c);
}

static void close_connection(struct public_connection *c)
{
    if (c->closing)
        return;
    c->closing = true;
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void proceed(struct public_connection *c);

static void on_written(uv_write_t *write, int status)
{
    struct public_connection *c = write->data;

    document_unref(c->document);
    c->document = NULL;
    c->sending = false;
    c->since_ms = now_ms(c->server);
    if (status < 0 || c->last)
        close_connection(c);
    else
        proceed(c);
}

static void send_answer(struct public_connection *c, const struct public_answer *answer)
{
    size_t n = public_answer_write(answer, time(NULL), c->head);
    bool has_body = answer->document && !answer->head_only && answer->status == 200;
    uv_buf_t bufs[2] = {uv_buf_init(c->head, (unsigned)n)};

    if (has_body) {
        c->document = document_ref(answer->document);
        bufs[1] = uv_buf_init((char *)c->document->b, (unsigned)c->document->n);
    }
    c->sending = true;
    c->last = !answer->keeps_alive;
    c->since_ms = now_ms(c->server);
    c->left_bytes = SIZE_MAX;
    c->write.data = c;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, bufs, has_body ? 2 : 1, on_written) < 0) {
        c->sending = false;
        close_connection(c);
    }
}

void public_connection_answer(struct public_connection *c, const struct public_answer *answer)
{
    struct public_answer filled = *answer;

    filled.keeps_alive = c->reader.request.keeps_alive && !c->server->stopping;
    filled.head_only = c->reader.request.verb == PUBLIC_VERB_HEAD;
    c->asking = false;
    if (c->closing) {
        release(c);
        return;
    }
    if (answer->document && public_answer_is_known(answer->document, c->reader.request.if_none_match))
        filled.status = 304;
    public_reader_reset(&c->reader);
    send_answer(c, &filled);
}

bool public_connection_may_ask(struct public_connection *c)
{
    return public_sources_may_ask(c->server->sources, c->source, now_ms(c->server));
}

static void refuse(struct public_connection *c)
{
    const struct public_answer answer = {.status = c->reader.fault};

    send_answer(c, &answer);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct public_connection *c = handle->data;

    (void)suggested;
    *buf = uv_buf_init(c->input, sizeof(c->input));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct public_connection *c = stream->data;

    (void)buf;
    if (n == 0)
        return;
    if (n < 0) {
        close_connection(c);
        return;
    }
    uv_read_stop(stream);
    c->input_at = 0;
    c->input_n = (size_t)n;
    proceed(c);
}

// A request from what has been read; true: there is one, or none can come any more.
static bool take_request(struct public_connection *c)
{
    enum public_reader_state state;
    size_t taken;

    if (c->input_at == c->input_n)
        return false;
    if (!c->receiving)
        c->since_ms = now_ms(c->server);
    c->receiving = true;
    state = public_reader_feed(&c->reader, bytes_of(c->input + c->input_at, c->input_n - c->input_at), &taken);
    c->input_at += taken;
    if (state == PUBLIC_READER_STATE_MORE)
        return false;
    c->receiving = false;
    if (state == PUBLIC_READER_STATE_FAULT) {
        refuse(c);
        return true;
    }
    c->asking = true;
    c->server->config.on_request(c->server->config.arg, c, &c->reader.request);
    return true;
}

static void proceed(struct public_connection *c)
{
    if (c->closing || c->asking || c->sending || take_request(c))
        return;
    if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) < 0)
        close_connection(c);
}

// While a request is being answered nothing is read, so that a client that has gone is noticed by the answer alone.
static bool is_stalled(struct public_connection *c, uint64_t now)
{
    size_t left;

    if (c->asking)
        return false;
    if (!c->sending)
        return now - c->since_ms > (c->receiving ? COURIER_REQUEST_MS : COURIER_IDLE_MS);
    left = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
    if (left + COURIER_WRITE_STEP_BYTES <= c->left_bytes) {
        c->left_bytes = left;
        c->since_ms = now;
    }
    return now - c->since_ms > COURIER_WRITE_STALL_MS;
}

static void on_sweep(uv_timer_t *timer)
{
    struct public_server *server = timer->data;
    uint64_t now = now_ms(server);

    for (struct public_connection *c = server->first; c; c = c->next)
        if (!c->closing && is_stalled(c, now))
            close_connection(c);
    public_sources_sweep(server->sources, now);
    if (!server->count)
        uv_timer_stop(timer);
}

static int enter(struct public_connection *c)
{
    struct sockaddr_storage peer;
    int n = sizeof(peer);
    struct endpoint from;
    int r = uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&peer, &n);

    if (r == 0)
        r = endpoint_from_sockaddr((struct sockaddr *)&peer, &from);
    if (r < 0)
        return r;
    c->source = public_sources_enter(c->server->sources, &from.address, now_ms(c->server));
    return c->source ? 0 : -EUSERS;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct public_server *server = listener->data;
    struct public_connection *c;

    if (status < 0 || server->stopping)
        return;
    c = malloc(sizeof(*c)); // not cleared: most of it is buffers
    if (!c)
        return;
    memset(c, 0, offsetof(struct public_connection, reader));
    c->server = server;
    c->input_at = c->input_n = 0;
    c->document = NULL;
    c->receiving = c->asking = c->sending = c->last = c->closing = c->closed = false;
    public_reader_reset(&c->reader);
    c->since_ms = now_ms(server);
    c->next = server->first;
    if (server->first)
        server->first->prev = c;
    server->first = c;
    server->count++;
    uv_tcp_init(server->config.loop, &c->tcp);
    c->tcp.data = c;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) < 0 || server->count > COURIER_CONNECTIONS_MAX || enter(c) < 0) {
        close_connection(c);
        return;
    }
    if (!uv_is_active((uv_handle_t *)&server->sweep))
        uv_timer_start(&server->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    proceed(c);
}

int public_server_bind(const struct endpoint *at, uid_t owner)
{
    struct sockaddr_storage address;
    socklen_t n = endpoint_to_sockaddr(at, &address);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1, r = 0;

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        (address.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
        setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)) < 0 || bind(fd, (struct sockaddr *)&address, n) < 0 ||
        fchown(fd, owner, (gid_t)-1) < 0) {
        r = -errno;
        close(fd);
    }
    return r < 0 ? r : fd;
}

struct public_server *public_server_new(const struct public_server_config *config)
{
    struct public_server *server = calloc(1, sizeof(*server));

    if (!server)
        return NULL;
    server->config = *config;
    server->sources = public_sources_new(uv_now(config->loop));
    if (!server->sources) {
        free(server);
        return NULL;
    }
    uv_timer_init(config->loop, &server->sweep);
    server->sweep.data = server;
    server->handles = 1;
    return server;
}

int public_server_listen(struct public_server *server, int fd)
{
    uv_tcp_t *listener = &server->listeners[server->listeners_n];
    int r;

    if (server->listeners_n == COURIER_LISTENERS_MAX) {
        close(fd);
        return -ENOSPC;
    }
    uv_tcp_init(server->config.loop, listener);
    listener->data = server;
    server->listeners_n++;
    server->handles++;
    r = uv_tcp_open(listener, fd);
    if (r < 0)
        close(fd);
    return r < 0 ? r : uv_listen((uv_stream_t *)listener, (int)COURIER_CONNECTIONS_MAX, on_connection);
}

static void on_own_closed(uv_handle_t *handle)
{
    struct public_server *server = handle->data;

    server->handles--;
    free_if_done(server);
}

void public_server_stop(struct public_server *server)
{
    if (!server || server->stopping)
        return;
    server->stopping = true;
    for (unsigned i = 0; i < server->listeners_n; i++)
        uv_close((uv_handle_t *)&server->listeners[i], on_own_closed);
    uv_close((uv_handle_t *)&server->sweep, on_own_closed);
    for (struct public_connection *c = server->first; c; c = c->next)
        close_connection(c);
}
