#include "pki-d/bindings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/hmap.h"
#include "pki-d/store.h"

// A binding in one piece of memory, as short as it can be: there may be 10,000.
struct kept {
    enum identity_type local_type;
    enum identity_type remote_type;
    enum identity_pattern_kind remote_kind;
    uint16_t local_n;
    uint16_t remote_n;
    uint16_t ppk_id_n;
    uint8_t n_authorities;
    uint8_t revocation;
    uint8_t rsa_padding;
    // tunnel, secret, other_secret, ppk_secret, certificate, remote_id_text, the authorities, each with its zero;
    // ppk_id; the data of local_id and of remote_id
    char text[];
};

struct bindings {
    struct hmap *current;
    struct hmap *pending; // NULL between generations
    uint64_t pending_generation;
};

static void free_all(struct hmap *map)
{
    size_t cursor = 0;
    struct kept *kept;

    if (!map)
        return;
    while ((kept = hmap_next(map, &cursor)))
        free(kept);
    hmap_free(map);
}

struct bindings *bindings_new(void)
{
    struct bindings *bindings = calloc(1, sizeof(*bindings));

    if (!bindings)
        return NULL;
    bindings->current = hmap_new();
    if (!bindings->current) {
        free(bindings);
        return NULL;
    }
    return bindings;
}

void bindings_free(struct bindings *bindings)
{
    if (!bindings)
        return;
    free_all(bindings->current);
    free_all(bindings->pending);
    free(bindings);
}

int bindings_begin_page(struct bindings *bindings, uint64_t generation)
{
    if (bindings->pending && bindings->pending_generation == generation)
        return 0;
    bindings_abort(bindings);
    bindings->pending = hmap_new();
    if (!bindings->pending)
        return -ENOMEM;
    bindings->pending_generation = generation;
    return 0;
}

static bool is_name_or_none(const char *name)
{
    return !*name || store_name_is_valid(bytes_of_str(name));
}

static bool is_sound(const struct binding *binding)
{
    bool has_certificate = *binding->certificate != 0;

    for (size_t i = 0; i < binding->n_authorities; i++)
        if (!store_name_is_valid(bytes_of_str(binding->authorities[i])))
            return false;
    return store_name_is_valid(bytes_of_str(binding->tunnel)) && is_name_or_none(binding->secret) &&
           is_name_or_none(binding->certificate) && has_certificate != (*binding->secret != 0) &&
           (has_certificate || binding->n_authorities == 0) && strlen(binding->remote_id_text) <= PKI_ID_TEXT_MAX &&
           binding->revocation <= UINT8_MAX && binding->rsa_padding <= UINT8_MAX &&
           is_name_or_none(binding->other_secret) && is_name_or_none(binding->ppk_secret) &&
           binding->ppk_id.n <= PKI_PPK_ID_MAX_BYTES && (*binding->ppk_secret != 0) == (binding->ppk_id.n > 0);
}

static char *put_name(char *at, const char *name)
{
    return stpcpy(at, name) + 1;
}

static size_t size_of_text(const struct binding *binding)
{
    size_t n = strlen(binding->tunnel) + strlen(binding->secret) + strlen(binding->other_secret) +
               strlen(binding->ppk_secret) + strlen(binding->certificate) + strlen(binding->remote_id_text) + 6;

    for (size_t i = 0; i < binding->n_authorities; i++)
        n += strlen(binding->authorities[i]) + 1;
    return n + binding->ppk_id.n + binding->local_id.n + binding->remote_id.identity.n;
}

static struct kept *keep(const struct binding *binding)
{
    const struct identity *local = &binding->local_id, *remote = &binding->remote_id.identity;
    struct kept *kept = malloc(sizeof(*kept) + size_of_text(binding));
    char *at;

    if (!kept)
        return NULL;
    *kept = (struct kept){.local_type = local->type,
                          .remote_type = remote->type,
                          .remote_kind = binding->remote_id.kind,
                          .local_n = local->n,
                          .remote_n = remote->n,
                          .ppk_id_n = (uint16_t)binding->ppk_id.n,
                          .n_authorities = (uint8_t)binding->n_authorities,
                          .revocation = (uint8_t)binding->revocation,
                          .rsa_padding = (uint8_t)binding->rsa_padding};
    at = put_name(kept->text, binding->tunnel);
    at = put_name(at, binding->secret);
    at = put_name(at, binding->other_secret);
    at = put_name(at, binding->ppk_secret);
    at = put_name(at, binding->certificate);
    at = put_name(at, binding->remote_id_text);
    for (size_t i = 0; i < binding->n_authorities; i++)
        at = put_name(at, binding->authorities[i]);
    if (binding->ppk_id.n)
        at = mempcpy(at, binding->ppk_id.p, binding->ppk_id.n);
    at = mempcpy(at, local->data, local->n);
    memcpy(at, remote->data, remote->n);
    return kept;
}

static const char *take_name(const char **at)
{
    const char *name = *at;

    *at += strlen(name) + 1;
    return name;
}

static void lend(const struct kept *kept, struct binding *ret_binding)
{
    const char *at = kept->text;
    struct binding b = {.tunnel = take_name(&at)};

    b.secret = take_name(&at);
    b.other_secret = take_name(&at);
    b.ppk_secret = take_name(&at);
    b.certificate = take_name(&at);
    b.remote_id_text = take_name(&at);
    b.n_authorities = kept->n_authorities;
    for (size_t i = 0; i < b.n_authorities; i++)
        b.authorities[i] = take_name(&at);
    b.revocation = kept->revocation;
    b.rsa_padding = kept->rsa_padding;
    b.ppk_id = bytes_of(at, kept->ppk_id_n);
    at += kept->ppk_id_n;
    b.local_id = (struct identity){.type = kept->local_type, .n = kept->local_n};
    memcpy(b.local_id.data, at, kept->local_n);
    at += kept->local_n;
    b.remote_id.kind = kept->remote_kind;
    b.remote_id.identity = (struct identity){.type = kept->remote_type, .n = kept->remote_n};
    memcpy(b.remote_id.identity.data, at, kept->remote_n);
    *ret_binding = b;
}

int bindings_add(struct bindings *bindings, const struct binding *binding)
{
    struct kept *kept;
    int r;

    if (!is_sound(binding))
        return -EINVAL;
    if (hmap_count(bindings->pending) >= PKI_BINDINGS_MAX)
        return -E2BIG;
    kept = keep(binding);
    if (!kept)
        return -ENOMEM;
    r = hmap_put(bindings->pending, bytes_of_str(kept->text), kept);
    if (r < 0)
        free(kept);
    return r;
}

void bindings_commit(struct bindings *bindings)
{
    free_all(bindings->current);
    bindings->current = bindings->pending;
    bindings->pending = NULL;
}

void bindings_abort(struct bindings *bindings)
{
    free_all(bindings->pending);
    bindings->pending = NULL;
}

bool bindings_find(const struct bindings *bindings, struct bytes tunnel, struct binding *ret_binding)
{
    const struct kept *kept = hmap_find(bindings->current, tunnel);

    if (kept)
        lend(kept, ret_binding);
    return kept != NULL;
}

bool bindings_next(const struct bindings *bindings, size_t *cursor, struct binding *ret_binding)
{
    const struct kept *kept = hmap_next(bindings->current, cursor);

    if (kept)
        lend(kept, ret_binding);
    return kept != NULL;
}

bool bindings_uses(const struct binding *binding, const char *secret)
{
    return strcmp(binding->secret, secret) == 0 || strcmp(binding->other_secret, secret) == 0 ||
           strcmp(binding->ppk_secret, secret) == 0;
}

bool bindings_uses_certificate(const struct binding *binding, const char *name)
{
    for (size_t i = 0; i < binding->n_authorities; i++)
        if (strcmp(binding->authorities[i], name) == 0)
            return true;
    return strcmp(binding->certificate, name) == 0;
}
