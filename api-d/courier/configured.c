#include "api-d/courier/configured.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/courier/courier_limits.h"
#include "lib/net/url.h"

static void set_done(struct configured_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        free(set->texts[i]);
    free(set->texts);
    *set = (struct configured_set){0};
}

static void generation_done(struct configured_generation *generation)
{
    set_done(&generation->urls);
    set_done(&generation->own_network_urls);
    set_done(&generation->authorities);
    generation->number = 0;
}

void configured_done(struct configured *configured)
{
    generation_done(&configured->now);
    generation_done(&configured->next);
}

static int set_add(struct configured_set *set, char *const *texts, size_t n, size_t max)
{
    char **grown;

    if (n == 0)
        return 0;
    if (n > max - set->n)
        return -E2BIG;
    grown = realloc(set->texts, (set->n + n) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    set->texts = grown;
    for (size_t i = 0; i < n; i++) {
        grown[set->n] = strdup(texts[i]);
        if (!grown[set->n])
            return -ENOMEM;
        set->n++;
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void set_sort(struct configured_set *set)
{
    if (set->n)
        qsort(set->texts, set->n, sizeof(*set->texts), compare);
}

static int check(const Bulkhead__Internal__V1__CourierConfigureRequest *page)
{
    struct url url;

    for (size_t i = 0; i < page->n_urls; i++)
        if (url_parse(page->urls[i], &url) < 0)
            return -EINVAL;
    for (size_t i = 0; i < page->n_authorities; i++)
        if (strlen(page->authorities[i]) - 1 >= COURIER_AUTHORITY_MAX_BYTES)
            return -EINVAL;
    return 0;
}

static int add_page(struct configured_generation *next, const Bulkhead__Internal__V1__CourierConfigureRequest *page)
{
    int r = check(page);

    if (r == 0)
        r = set_add(&next->urls, page->urls, page->n_urls, COURIER_URLS_MAX);
    if (r == 0)
        r = set_add(&next->own_network_urls, page->own_network_urls, page->n_own_network_urls, COURIER_URLS_MAX);
    if (r == 0)
        r = set_add(&next->authorities, page->authorities, page->n_authorities, COURIER_AUTHORITIES_MAX);
    return r;
}

int configured_take(struct configured *configured, const Bulkhead__Internal__V1__CourierConfigureRequest *page)
{
    struct configured_generation *next = &configured->next;
    int r;

    if (page->generation == 0 || page->generation < next->number)
        return -ESTALE;
    if (page->generation != next->number)
        generation_done(next);
    next->number = page->generation;
    r = add_page(next, page);
    if (r < 0) {
        generation_done(next);
        return r;
    }
    if (!page->last)
        return 0;
    generation_done(&configured->now);
    configured->now = *next;
    *next = (struct configured_generation){0};
    set_sort(&configured->now.urls);
    set_sort(&configured->now.own_network_urls);
    set_sort(&configured->now.authorities);
    configured->is_known = true;
    return 0;
}

bool configured_has(const struct configured_set *set, const char *text)
{
    return set->n && bsearch(&text, set->texts, set->n, sizeof(*set->texts), compare);
}
