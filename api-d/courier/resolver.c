#include "api-d/courier/resolver.h"

#include <ares.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>

// A socket of c-ares that we watch.
struct watched {
    struct watched *next;
    struct resolver *resolver;
    ares_socket_t fd;
    uv_poll_t poll;
};

struct resolver {
    ares_channel channel;
    uv_loop_t *loop;
    uv_timer_t timer;
    struct watched *first;
    unsigned handles;
    bool stopping;
};

struct query {
    resolver_answered_fn *on_answered;
    void *arg;
};

static void free_if_done(struct resolver *resolver)
{
    if (resolver->stopping && resolver->handles == 0)
        free(resolver);
}

static void on_timer(uv_timer_t *timer);

static void arm(struct resolver *resolver)
{
    struct timeval tv, *wait;

    if (resolver->stopping)
        return;
    wait = ares_timeout(resolver->channel, NULL, &tv);
    if (wait)
        uv_timer_start(&resolver->timer, on_timer, (uint64_t)wait->tv_sec * 1000u + (uint64_t)wait->tv_usec / 1000u + 1,
                       0);
    else
        uv_timer_stop(&resolver->timer);
}

static void on_timer(uv_timer_t *timer)
{
    struct resolver *resolver = timer->data;

    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    arm(resolver);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct watched *watched = poll->data;
    struct resolver *resolver = watched->resolver;
    bool failed = status < 0;

    ares_process_fd(resolver->channel, failed || (events & UV_READABLE) ? watched->fd : ARES_SOCKET_BAD,
                    failed || (events & UV_WRITABLE) ? watched->fd : ARES_SOCKET_BAD);
    arm(resolver);
}

static void on_watched_closed(uv_handle_t *handle)
{
    struct watched *watched = handle->data;
    struct resolver *resolver = watched->resolver;

    free(watched);
    resolver->handles--;
    free_if_done(resolver);
}

static void unwatch(struct watched **at)
{
    struct watched *watched = *at;

    *at = watched->next;
    uv_close((uv_handle_t *)&watched->poll, on_watched_closed);
}

static struct watched *watch(struct resolver *resolver, ares_socket_t fd)
{
    struct watched *watched = calloc(1, sizeof(*watched));

    if (!watched || uv_poll_init(resolver->loop, &watched->poll, fd) < 0) {
        free(watched);
        return NULL; // the query then ends by its time-out
    }
    watched->resolver = resolver;
    watched->fd = fd;
    watched->poll.data = watched;
    watched->next = resolver->first;
    resolver->first = watched;
    resolver->handles++;
    return watched;
}

// c-ares says what it waits for on a socket; for nothing: it is about to be closed.
static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct resolver *resolver = arg;
    struct watched **at = &resolver->first;
    struct watched *watched;

    while (*at && (*at)->fd != fd)
        at = &(*at)->next;
    if (!readable && !writable) {
        if (*at)
            unwatch(at);
        return;
    }
    watched = *at ? *at : watch(resolver, fd);
    if (watched)
        uv_poll_start(&watched->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_event);
}

struct resolver *resolver_open(void)
{
    struct resolver *resolver = calloc(1, sizeof(*resolver));
    // No look into files later, which the sandbox forbids.
    struct ares_options options = {.flags = ARES_FLAG_NOALIASES,
                                   .timeout = COURIER_QUERY_TRY_MS,
                                   .tries = COURIER_QUERY_TRIES,
                                   .lookups = (char *)(uintptr_t) "b",
                                   .sock_state_cb = on_socket,
                                   .sock_state_cb_data = resolver};

    if (!resolver || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
        ares_init_options(&resolver->channel, &options,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                              ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS) {
        free(resolver);
        return NULL;
    }
    return resolver;
}

int resolver_start(struct resolver *resolver, uv_loop_t *loop)
{
    resolver->loop = loop;
    resolver->timer.data = resolver;
    resolver->handles++;
    return uv_timer_init(loop, &resolver->timer);
}

static const char *explain(int status)
{
    switch (status) {
    case ARES_ENOTFOUND:
        return "there is no such name";
    case ARES_ENODATA:
        return "the name has no address";
    case ARES_EBADNAME:
        return "this is no name";
    case ARES_ESERVFAIL:
        return "the name server failed (SERVFAIL)";
    case ARES_EREFUSED:
        return "the name server refused to answer";
    case ARES_ETIMEOUT:
    case ARES_ECONNREFUSED:
        return "no name server has an answer";
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return "the courier ends";
    default:
        return "the name server's answer can't be used";
    }
}

static void take_node(const struct ares_addrinfo_node *node, struct resolver_answer *answer)
{
    struct endpoint endpoint;
    uint32_t ttl = node->ai_ttl < 0 ? 0 : (uint32_t)node->ai_ttl;

    if (answer->n == COURIER_NAME_ADDRESSES_MAX || endpoint_from_sockaddr(node->ai_addr, &endpoint) < 0)
        return;
    for (unsigned i = 0; i < answer->n; i++)
        if (address_equal(&answer->addresses[i], &endpoint.address))
            return;
    if (answer->n == 0 || ttl < answer->ttl_s)
        answer->ttl_s = ttl;
    answer->addresses[answer->n++] = endpoint.address;
}

static void on_addresses(void *arg, int status, int timeouts, struct ares_addrinfo *result)
{
    struct query *query = arg;
    struct resolver_answer answer = {0};

    (void)timeouts;
    for (const struct ares_addrinfo_node *node = result ? result->nodes : NULL; node; node = node->ai_next)
        take_node(node, &answer);
    if (result)
        ares_freeaddrinfo(result);
    if (status != ARES_SUCCESS || answer.n == 0) {
        answer.error = explain(status == ARES_SUCCESS ? ARES_ENODATA : status);
        answer.is_missing = status == ARES_SUCCESS || status == ARES_ENOTFOUND || status == ARES_ENODATA;
    }
    query->on_answered(query->arg, &answer);
    free(query);
}

void resolver_ask(struct resolver *resolver, const char *name, resolver_answered_fn *on_answered, void *arg)
{
    const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct query *query = malloc(sizeof(*query));
    const struct resolver_answer none = {.error = resolver->stopping ? "the courier ends" : "out of memory"};

    if (!query || resolver->stopping) {
        free(query);
        on_answered(arg, &none);
        return;
    }
    *query = (struct query){.on_answered = on_answered, .arg = arg};
    ares_getaddrinfo(resolver->channel, name, NULL, &hints, on_addresses, query);
    arm(resolver);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct resolver *resolver = handle->data;

    resolver->handles--;
    free_if_done(resolver);
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver || resolver->stopping)
        return;
    resolver->stopping = true;
    ares_destroy(resolver->channel); // its sockets are unwatched on the way
    if (resolver->loop)
        uv_close((uv_handle_t *)&resolver->timer, on_timer_closed);
    else
        free(resolver);
}
