#include "api-d/courier/download.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/courier/destination.h"
#include "api-d/courier/fetched.h"
#include "lib/net/url.h"

#define READ_BYTES 16384u
#define HEAD_MAX   (URL_MAX_BYTES + 768u)
#define ERROR_MAX  200u

struct download {
    struct download_config config;
    struct url url;
    struct download_order order; // its url and body are the caller's again
    struct resolver_answer answer;
    unsigned turn; // of the answer's addresses
    uv_timer_t limit;
    uv_tcp_t *tcp; // of the address whose turn it is; NULL: none
    uv_connect_t connect;
    uv_write_t write;
    struct fetched fetched;
    char error[ERROR_MAX];
    unsigned handles;
    bool resolving, ended;
    size_t request_n;
    char *request; // head and body
    char read[READ_BYTES];
};

static void free_if_done(struct download *download)
{
    if (!download->ended || download->handles || download->resolving)
        return;
    fetched_done(&download->fetched);
    free(download->request);
    free(download);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct download *download = handle->data;

    download->handles--;
    free_if_done(download);
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct download *download = handle->data;

    free(handle);
    download->handles--;
    free_if_done(download);
}

static void close_tcp(struct download *download)
{
    if (download->tcp)
        uv_close((uv_handle_t *)download->tcp, on_tcp_closed);
    download->tcp = NULL;
}

static void release(struct download *download)
{
    if (download->ended)
        return;
    download->ended = true;
    close_tcp(download);
    uv_close((uv_handle_t *)&download->limit, on_timer_closed);
}

static void end(struct download *download, const struct download_result *result)
{
    if (download->ended)
        return;
    download->order.on_ended(download->order.arg, result);
    release(download);
}

static void fail(struct download *download)
{
    const struct download_result result = {.error = download->error};

    end(download, &result);
}

static void set_error(struct download *download, const char *what, const struct address *at)
{
    char text[ADDRESS_TEXT_MAX];

    snprintf(download->error, sizeof(download->error), "%.80s: %s%s%.90s", download->url.host,
             at ? address_format(at, text, sizeof(text)) : "", at ? " " : "", what);
}

static void on_limit(uv_timer_t *timer)
{
    struct download *download = timer->data;

    set_error(download, "no answer within 10 s", NULL);
    fail(download);
}

static void try_next(struct download *download);

// What the server sent is complete or wrong.
static void finish(struct download *download)
{
    const struct fetched *fetched = &download->fetched;
    const struct download_result result = {.data = bytes_of(fetched->body, fetched->body_n)};

    if (fetched->fault) {
        snprintf(download->error, sizeof(download->error), "%.80s: %s (HTTP status %u)", download->url.host,
                 fetched->fault, fetched->parser.status_code);
        fail(download);
    } else {
        end(download, &result);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct download *download = handle->data;

    (void)suggested;
    *buf = uv_buf_init(download->read, READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct download *download = stream->data;

    if (n == 0)
        return;
    if (n < 0 && n != UV_EOF) {
        set_error(download, "the connection broke", NULL);
        fail(download);
    } else if (!fetched_feed(&download->fetched, bytes_of(buf->base, n < 0 ? 0 : (size_t)n))) {
        finish(download);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct download *download = write->data;

    if (status < 0 && status != UV_ECANCELED) {
        set_error(download, "the connection broke", NULL);
        fail(download);
    }
}

// What was checked is what is connected: the kernel is asked once more.
static bool is_at_its_place(struct download *download)
{
    struct sockaddr_storage peer;
    int n = sizeof(peer);
    struct endpoint at;

    return uv_tcp_getpeername(download->tcp, (struct sockaddr *)&peer, &n) == 0 &&
           endpoint_from_sockaddr((struct sockaddr *)&peer, &at) == 0 &&
           !destination_refuse(download->config.networks, &at.address, download->order.allows_own_networks);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct download *download = connect->data;
    uv_buf_t buf = uv_buf_init(download->request, (unsigned)download->request_n);

    if (download->ended || status == UV_ECANCELED)
        return;
    if (status < 0) {
        set_error(download, uv_strerror(status), &download->answer.addresses[download->turn - 1]);
        try_next(download);
        return;
    }
    download->write.data = download;
    if (!is_at_its_place(download) ||
        uv_write(&download->write, (uv_stream_t *)download->tcp, &buf, 1, on_written) < 0 ||
        uv_read_start((uv_stream_t *)download->tcp, on_alloc, on_read) < 0) {
        set_error(download, "can't be connected to", NULL);
        fail(download);
    }
}

static int connect_to(struct download *download, const struct address *address)
{
    const struct endpoint to = {.address = *address, .port = download->url.port};
    struct sockaddr_storage sa;
    int r;

    close_tcp(download);
    download->tcp = malloc(sizeof(*download->tcp));
    if (!download->tcp)
        return -ENOMEM;
    uv_tcp_init(download->config.loop, download->tcp);
    download->handles++;
    download->tcp->data = download;
    download->connect.data = download;
    endpoint_to_sockaddr(&to, &sa);
    r = uv_tcp_connect(&download->connect, download->tcp, (struct sockaddr *)&sa, on_connected);
    return r;
}

// The next address that may be connected to.
static void try_next(struct download *download)
{
    while (download->turn < download->answer.n) {
        const struct address *address = &download->answer.addresses[download->turn++];
        const char *refused =
            destination_refuse(download->config.networks, address, download->order.allows_own_networks);
        int r = refused ? 0 : connect_to(download, address);

        if (!refused && r == 0)
            return;
        if (refused) {
            char text[ERROR_MAX];

            snprintf(text, sizeof(text), "is refused: it is %s", refused);
            set_error(download, text, address);
        } else {
            set_error(download, uv_strerror(r), address);
        }
    }
    fail(download);
}

static void on_resolved(void *arg, const struct resolver_answer *answer)
{
    struct download *download = arg;

    download->resolving = false;
    if (download->ended) {
        free_if_done(download);
        return;
    }
    download->answer = *answer;
    if (answer->error)
        set_error(download, answer->error, NULL);
    try_next(download);
}

static void on_begin(uv_timer_t *timer)
{
    struct download *download = timer->data;

    uv_timer_start(timer, on_limit, COURIER_DOWNLOAD_MS, 0);
    download->resolving = true;
    names_ask(download->config.names, download->url.host, false, on_resolved, download);
}

static int write_request(struct download *download, struct bytes body)
{
    const struct url *url = &download->url;
    int n;

    download->request = malloc(HEAD_MAX + body.n);
    if (!download->request)
        return -ENOMEM;
    if (body.n)
        n = snprintf(download->request, HEAD_MAX,
                     "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/ocsp-request\r\nContent-Length: %zu\r\n"
                     "Accept: application/ocsp-response\r\nConnection: close\r\n\r\n",
                     url->target, url->authority, body.n);
    else
        n = snprintf(download->request, HEAD_MAX,
                     "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/pkix-crl, */*\r\nConnection: close\r\n\r\n",
                     url->target, url->authority);
    if (n < 0 || n >= (int)HEAD_MAX)
        return -EINVAL;
    if (body.n)
        memcpy(download->request + n, body.p, body.n);
    download->request_n = (size_t)n + body.n;
    return 0;
}

struct download *download_start(const struct download_config *config, const struct download_order *order)
{
    struct download *download = calloc(1, sizeof(*download));

    if (!download)
        return NULL;
    if (url_parse(order->url, &download->url) < 0 || write_request(download, order->body) < 0) {
        free(download->request);
        free(download);
        return NULL;
    }
    download->config = *config;
    download->order = *order;
    fetched_init(&download->fetched);
    uv_timer_init(config->loop, &download->limit);
    download->limit.data = download;
    download->handles = 1;
    uv_timer_start(&download->limit, on_begin, 0, 0);
    return download;
}

void download_cancel(struct download *download)
{
    release(download);
}
