#include "api-d/desired_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/hmap.h"
#include "lib/ipc/message_copy.h"

int desired_state_decode(struct bytes text, const char *file, struct desired_state **ret_state, char **ret_lines)
{
    struct desired_state *state = calloc(1, sizeof(*state));
    struct mistakes mistakes = mistakes_of(file);
    int err = -ENOMEM;

    *ret_lines = NULL;
    if (!state)
        return -ENOMEM;
    state->file = strdup(file);
    if (!state->file || buffer_append(&state->text, text) < 0)
        goto out;
    err = config_decode(text, &mistakes, &state->config, &state->tree);
    if (err < 0) {
        *ret_lines = mistakes_format(&mistakes);
        if (*ret_lines && (*ret_lines)[0])
            (*ret_lines)[strlen(*ret_lines) - 1] = 0; // its last newline
    }
out:
    mistakes_done(&mistakes);
    if (err < 0) {
        desired_state_free(state);
        return err;
    }
    *ret_state = state;
    return 0;
}

struct desired_state *desired_state_empty(void)
{
    struct desired_state *state;
    char *lines;

    if (desired_state_decode(bytes_of("", 0), "config", &state, &lines) == 0)
        return state;
    free(lines);
    return NULL;
}

// What was decoded, or unpacked since.
static void drop_config(struct desired_state *state)
{
    if (state->arena.blocks)
        arena_done(&state->arena);
    else if (state->config)
        bulkhead__v1__config__free_unpacked(state->config, NULL);
    state->config = NULL;
}

void desired_state_free(struct desired_state *state)
{
    if (!state)
        return;
    drop_config(state);
    packed_config_done(&state->packed);
    tree_free(state->tree);
    buffer_done(&state->text);
    free(state->file);
    free(state);
}

void desired_state_settle(struct desired_state *state)
{
    if (state->settled || packed_config_make(state->config, &state->packed) < 0)
        return;
    state->settled = true;
    tree_free(state->tree);
    state->tree = NULL;
    buffer_done(&state->text);
    if (!state->opened)
        drop_config(state);
}

const Bulkhead__V1__Config *desired_state_open(struct desired_state *state)
{
    if (!state->config) {
        arena_init(&state->arena);
        state->config = packed_config_unpack(&state->packed, &state->arena);
        if (!state->config) {
            arena_done(&state->arena);
            return NULL;
        }
    }
    state->opened++;
    return state->config;
}

void desired_state_close(struct desired_state *state)
{
    if (--state->opened == 0 && state->settled)
        drop_config(state);
}

static Bulkhead__V1__Tunnel *find_decoded(const struct desired_state *state, const char *name)
{
    for (size_t i = 0; i < state->config->n_tunnels; i++)
        if (!strcmp(state->config->tunnels[i]->name, name))
            return state->config->tunnels[i];
    return NULL;
}

bool desired_state_has(const struct desired_state *state, const char *name)
{
    return state->settled ? packed_config_has(&state->packed, name) : find_decoded(state, name) != NULL;
}

Bulkhead__V1__Tunnel *desired_state_find(const struct desired_state *state, const char *name)
{
    Bulkhead__V1__Tunnel *found;

    if (state->settled)
        return packed_config_find(&state->packed, name);
    found = find_decoded(state, name);
    return found ? message_copy(&found->base, NULL) : NULL;
}

static int put_name(char ***list, size_t *n, const char *name)
{
    char **longer = reallocarray(*list, *n + 1, sizeof(*longer));

    if (!longer)
        return -ENOMEM;
    *list = longer;
    longer[*n] = strdup(name);
    if (!longer[*n])
        return -ENOMEM;
    (*n)++;
    return 0;
}

static struct bytes key_of(const char *name)
{
    return bytes_of(name, strlen(name));
}

// A secret that a tunnel names, and where.
struct secret_use {
    const char *name;
    const char *field;
};
#define SECRET_USES_MAX 3

static size_t uses_of(const Bulkhead__V1__Tunnel *tunnel, struct secret_use ret_uses[SECRET_USES_MAX])
{
    const Bulkhead__V1__Auth *auth = tunnel->auth;
    size_t n = 0;

    if (auth && auth->method_case == BULKHEAD__V1__AUTH__METHOD_PSK) {
        ret_uses[n++] = (struct secret_use){auth->psk->secret, "auth.psk.secret"};
        if (*auth->psk->other_secret)
            ret_uses[n++] = (struct secret_use){auth->psk->other_secret, "auth.psk.other_secret"};
    }
    if (auth && auth->ppk)
        ret_uses[n++] = (struct secret_use){auth->ppk->secret, "auth.ppk.secret"};
    return n;
}

static int add_missing(const struct desired_state *state, size_t index, const struct secret_use *use, char ***lines,
                       size_t *n)
{
    struct mistakes mistakes = mistakes_of(state->file);
    char path[64];
    char *line;
    int err;

    mistakes.tree = state->tree;
    snprintf(path, sizeof(path), "tunnels[%zu].%s", index, use->field);
    mistake_add_at(&mistakes, path, "secret \"%s\" does not exist yet; store it with `bhctl secrets set %s < FILE`",
                   use->name, use->name);
    line = mistakes.n ? mistake_format(&mistakes, &mistakes.list[0]) : NULL;
    err = line ? put_name(lines, n, line) : -ENOMEM;
    free(line);
    mistakes_done(&mistakes);
    return err;
}

static void free_names(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

// The names: each stands for itself.
static struct hmap *map_names(char *const *names, size_t n)
{
    struct hmap *map = hmap_new();

    for (size_t i = 0; map && i < n; i++) {
        int err = hmap_put(map, key_of(names[i]), names[i]);

        if (err < 0 && err != -EEXIST) {
            hmap_free(map);
            map = NULL;
        }
    }
    return map;
}

int desired_state_missing_secrets(struct desired_state *state, char *const *names, size_t n, char ***ret_lines,
                                  size_t *ret_lines_n)
{
    const Bulkhead__V1__Config *config = desired_state_open(state);
    struct hmap *known = map_names(names, n);
    char **lines = NULL;
    size_t lines_n = 0;
    int err = config && known ? 0 : -ENOMEM;

    for (size_t i = 0; !err && i < config->n_tunnels; i++) {
        struct secret_use uses[SECRET_USES_MAX];
        size_t uses_n = uses_of(config->tunnels[i], uses);

        for (size_t k = 0; !err && k < uses_n; k++)
            if (!hmap_find(known, key_of(uses[k].name)))
                err = add_missing(state, i, &uses[k], &lines, &lines_n);
    }
    hmap_free(known);
    if (config)
        desired_state_close(state);
    if (err < 0) {
        free_names(lines, lines_n);
        return err;
    }
    *ret_lines = lines;
    *ret_lines_n = lines_n;
    return 0;
}

static bool is_same(const Bulkhead__V1__Tunnel *a, const Bulkhead__V1__Tunnel *b)
{
    size_t n = bulkhead__v1__tunnel__get_packed_size(a);
    uint8_t *packed;
    bool same;

    if (n != bulkhead__v1__tunnel__get_packed_size(b))
        return false;
    packed = malloc(2 * n + 1);
    if (!packed)
        return false; // changed is the safe side
    bulkhead__v1__tunnel__pack(a, packed);
    bulkhead__v1__tunnel__pack(b, packed + n);
    same = !memcmp(packed, packed + n, n);
    free(packed);
    return same;
}

static struct hmap *map_tunnels(const Bulkhead__V1__Config *config)
{
    struct hmap *map = hmap_new();

    for (size_t i = 0; map && i < config->n_tunnels; i++) {
        if (hmap_put(map, key_of(config->tunnels[i]->name), config->tunnels[i]) < 0) {
            hmap_free(map);
            map = NULL;
        }
    }
    return map;
}

static int compare_maps(const struct desired_state *old, const struct desired_state *new, const struct hmap *in_old,
                        const struct hmap *in_new, struct desired_state_difference *d)
{
    int err = 0;

    for (size_t i = 0; !err && i < new->config->n_tunnels; i++) {
        const Bulkhead__V1__Tunnel *tunnel = new->config->tunnels[i];
        const Bulkhead__V1__Tunnel *before = hmap_find(in_old, key_of(tunnel->name));

        if (!before)
            err = put_name(&d->added, &d->added_n, tunnel->name);
        else if (!is_same(before, tunnel))
            err = put_name(&d->changed, &d->changed_n, tunnel->name);
    }
    for (size_t i = 0; !err && i < old->config->n_tunnels; i++)
        if (!hmap_find(in_new, key_of(old->config->tunnels[i]->name)))
            err = put_name(&d->removed, &d->removed_n, old->config->tunnels[i]->name);
    return err;
}

int desired_state_compare(struct desired_state *old, const struct desired_state *new,
                          struct desired_state_difference *ret_difference)
{
    struct desired_state_difference difference = {0};
    const Bulkhead__V1__Config *config = desired_state_open(old);
    struct hmap *in_old = config ? map_tunnels(config) : NULL;
    struct hmap *in_new = map_tunnels(new->config);
    int err = -ENOMEM;

    if (in_old && in_new)
        err = compare_maps(old, new, in_old, in_new, &difference);
    if (config)
        desired_state_close(old);
    hmap_free(in_old);
    hmap_free(in_new);
    if (err < 0)
        desired_state_difference_done(&difference);
    else
        *ret_difference = difference;
    return err;
}

void desired_state_difference_done(struct desired_state_difference *d)
{
    free_names(d->added, d->added_n);
    free_names(d->changed, d->changed_n);
    free_names(d->removed, d->removed_n);
    *d = (struct desired_state_difference){0};
}
