#include "api-d/courier/names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/core/hmap.h"
#include "lib/crypto/digest.h"
#include "lib/net/host_name.h"

struct waiter {
    struct waiter *next;
    resolver_answered_fn *on_answered;
    void *arg;
};

struct name {
    TAILQ_ENTRY(name) by_use; // the latest first
    struct names *names;
    uint8_t key[DIGEST_BYTES];
    char text[COURIER_NAME_MAX_BYTES + 2];
    struct waiter *waiters;
    bool asked; // a query is under way
    unsigned failures;
    uint64_t answered_ms, fresh_until_ms;
    struct resolver_answer answer;
};
TAILQ_HEAD(name_list, name);

struct names {
    uv_loop_t *loop;
    struct resolver *resolver;
    struct hmap *by_key;
    struct name_list list;
    unsigned queries;
    bool beginning; // queries, in begin_more
    bool stopping;
};

struct names *names_new(uv_loop_t *loop, struct resolver *resolver)
{
    struct names *names = calloc(1, sizeof(*names));

    if (!names)
        return NULL;
    *names = (struct names){.loop = loop, .resolver = resolver, .by_key = hmap_new()};
    TAILQ_INIT(&names->list);
    if (!names->by_key) {
        free(names);
        return NULL;
    }
    return names;
}

static uint32_t clamp(uint32_t value, uint32_t min, uint32_t max)
{
    return value < min ? min : value > max ? max : value;
}

static void begin_more(struct names *names);

static void tell(const struct name *name, resolver_answered_fn *on_answered, void *arg)
{
    uint64_t now = uv_now(name->names->loop);
    struct resolver_answer answer = name->answer;

    answer.ttl_s = name->fresh_until_ms > now ? (uint32_t)((name->fresh_until_ms - now + 999) / 1000) : 1;
    on_answered(arg, &answer);
}

static uint32_t fresh_for_s(const struct name *name)
{
    unsigned doublings = name->failures < 8 ? name->failures - 1 : 7;

    if (!name->answer.error)
        return clamp(name->answer.ttl_s, COURIER_TTL_MIN_S, COURIER_TTL_MAX_S);
    return clamp(COURIER_NAME_PAUSE_MIN_S << doublings, COURIER_NAME_PAUSE_MIN_S, COURIER_NAME_PAUSE_MAX_S);
}

static void on_answered(void *arg, const struct resolver_answer *answer)
{
    struct name *name = arg;
    struct names *names = name->names;
    struct waiter *waiter;

    names->queries--;
    name->asked = false;
    name->answer = *answer;
    name->failures = answer->error ? name->failures + 1 : 0;
    name->answered_ms = uv_now(names->loop);
    name->fresh_until_ms = name->answered_ms + fresh_for_s(name) * 1000u;
    while ((waiter = name->waiters)) {
        name->waiters = waiter->next;
        tell(name, waiter->on_answered, waiter->arg);
        free(waiter);
    }
    begin_more(names);
}

// Somebody waits for it, and it may be asked for now.
static struct name *find_waiting(const struct names *names)
{
    struct name *name;

    if (names->stopping || names->queries >= COURIER_QUERIES_MAX)
        return NULL;
    TAILQ_FOREACH(name, &names->list, by_use)
    {
        if (name->waiters && !name->asked)
            return name;
    }
    return NULL;
}

// Answers that come at once lead here again, and are left to the first of us: no stack holds all of them.
static void begin_more(struct names *names)
{
    struct name *name;

    if (names->beginning)
        return;
    names->beginning = true;
    while ((name = find_waiting(names))) {
        name->asked = true;
        names->queries++;
        resolver_ask(names->resolver, name->text, on_answered, name);
    }
    names->beginning = false;
}

static void drop(struct names *names, struct name *name)
{
    hmap_remove(names->by_key, bytes_of(name->key, DIGEST_BYTES));
    TAILQ_REMOVE(&names->list, name, by_use);
    free(name);
}

// Room for one more: the one that was not asked for the longest goes.
static bool make_room(struct names *names)
{
    struct name *name;

    if (hmap_count(names->by_key) < COURIER_NAMES_MAX)
        return true;
    TAILQ_FOREACH_REVERSE(name, &names->list, name_list, by_use)
    {
        if (!name->waiters && !name->asked) {
            drop(names, name);
            return true;
        }
    }
    return false;
}

// Names are the same in whatever case (RFC 4343).
static int make_key(const char *text, uint8_t key[DIGEST_BYTES])
{
    char folded[COURIER_NAME_MAX_BYTES + 2] = "";
    struct bytes part = bytes_of(folded, strlen(text));

    for (size_t i = 0; i < part.n; i++)
        folded[i] = (char)tolower((unsigned char)text[i]);
    return digest_of(&part, 1, key);
}

static struct name *find_or_add(struct names *names, const char *text)
{
    uint8_t key[DIGEST_BYTES];
    struct name *name;

    if (make_key(text, key) < 0)
        return NULL;
    name = hmap_find(names->by_key, bytes_of(key, DIGEST_BYTES));
    if (name) {
        TAILQ_REMOVE(&names->list, name, by_use);
        TAILQ_INSERT_HEAD(&names->list, name, by_use);
        return name;
    }
    name = make_room(names) ? calloc(1, sizeof(*name)) : NULL;
    if (!name)
        return NULL;
    name->names = names;
    memcpy(name->key, key, DIGEST_BYTES);
    strcpy(name->text, text); // host_name_is_valid has measured it
    if (hmap_put(names->by_key, bytes_of(key, DIGEST_BYTES), name) < 0) {
        free(name);
        return NULL;
    }
    TAILQ_INSERT_HEAD(&names->list, name, by_use);
    return name;
}

static void refuse(const char *error, resolver_answered_fn *on_result, void *arg)
{
    const struct resolver_answer answer = {.error = error, .ttl_s = COURIER_NAME_PAUSE_MIN_S};

    on_result(arg, &answer);
}

static bool is_fresh(const struct name *name, bool anew)
{
    uint64_t now = uv_now(name->names->loop);

    return now < name->fresh_until_ms && (!anew || now - name->answered_ms < COURIER_NAME_ANEW_S * 1000u);
}

void names_ask(struct names *names, const char *text, bool anew, resolver_answered_fn *on_result, void *arg)
{
    struct resolver_answer literal = {.n = 1, .ttl_s = COURIER_TTL_MAX_S};
    struct waiter *waiter;
    struct name *name;

    if (address_parse(text, &literal.addresses[0]) == 0) {
        on_result(arg, &literal);
        return;
    }
    name = host_name_is_valid(text) ? find_or_add(names, text) : NULL;
    if (!name) {
        refuse(host_name_is_valid(text) ? "too many names at one time" : "this is no name", on_result, arg);
        return;
    }
    if (!name->asked && !name->waiters && is_fresh(name, anew)) {
        tell(name, on_result, arg);
        return;
    }
    waiter = malloc(sizeof(*waiter));
    if (!waiter) {
        refuse("out of memory", on_result, arg);
        return;
    }
    *waiter = (struct waiter){.next = name->waiters, .on_answered = on_result, .arg = arg};
    name->waiters = waiter;
    begin_more(names);
}

void names_free(struct names *names)
{
    struct name *name;

    if (!names)
        return;
    names->stopping = true;
    while ((name = TAILQ_FIRST(&names->list))) {
        while (name->waiters) {
            struct waiter *waiter = name->waiters;

            name->waiters = waiter->next;
            refuse("the courier ends", waiter->on_answered, waiter->arg);
            free(waiter);
        }
        drop(names, name);
    }
    hmap_free(names->by_key);
    free(names);
}
