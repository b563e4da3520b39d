#include "ike-d/sa/peer_index.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/tunnel.h"
#include "lib/net/distinguished_name.h"

size_t peer_index_key(const struct identity *id, uint8_t ret_key[PEER_INDEX_KEY_BYTES])
{
    size_t n = id->n < PEER_INDEX_KEY_BYTES - 1 ? id->n : PEER_INDEX_KEY_BYTES - 1;
    if (id->type == IDENTITY_DN) {
        uint64_t hash = distinguished_name_hash(bytes_of(id->data, id->n));
        ret_key[0] = (uint8_t)id->type;
        memcpy(ret_key + 1, &hash, sizeof(hash));
        return 1 + sizeof(hash);
    }
    bool folds = id->type == IDENTITY_FQDN || id->type == IDENTITY_EMAIL;
    ret_key[0] = (uint8_t)id->type;
    for (size_t i = 0; i < n; i++) {
        ret_key[i + 1] = folds ? (uint8_t)tolower(id->data[i]) : id->data[i];
    }
    return n + 1;
}

static struct tunnel_ref *add(struct peer_index *index, struct tunnel *tunnel)
{
    struct tunnel_ref *ref = &index->refs[index->refs_n++];
    *ref = (struct tunnel_ref){.tunnel = tunnel};
    return ref;
}

// To the front: the tunnels come last one first.
static int push(struct hmap *map, struct bytes key, struct tunnel_ref *ref)
{
    ref->next = hmap_remove(map, key);
    return ref->next && ref->next->tunnel == ref->tunnel ? hmap_put(map, key, ref->next) : hmap_put(map, key, ref);
}

static int add_host(struct peer_index *index, struct tunnel *tunnel, const struct address *host)
{
    int error = push(index->by_address, address_view(host), add(index, tunnel));
    if (error == 0 && tunnel->config->remote_id_kind == IDENTITY_PATTERN_EXACT &&
        tunnel->config->remote_id.type == IDENTITY_NONE) {
        struct identity id = identity_of_address(host);
        uint8_t key[PEER_INDEX_KEY_BYTES];
        error = push(index->by_identity, bytes_of(key, peer_index_key(&id, key)), add(index, tunnel));
    }
    return error;
}

static void push_list(struct tunnel_ref **list, struct tunnel_ref *ref)
{
    ref->next = *list;
    *list = ref;
}

static int add_identity(struct peer_index *index, struct tunnel *tunnel, bool is_wide)
{
    struct identity_pattern id = tunnel_config_remote_id(tunnel->config);
    if (id.kind == IDENTITY_PATTERN_EXACT && id.identity.type != IDENTITY_NONE) {
        uint8_t key[PEER_INDEX_KEY_BYTES];
        return push(index->by_identity, bytes_of(key, peer_index_key(&id.identity, key)), add(index, tunnel));
    }
    if (id.kind != IDENTITY_PATTERN_EXACT || is_wide) {
        push_list(&index->open, add(index, tunnel));
    }
    return 0;
}

static int add_tunnel(struct peer_index *index, struct tunnel *tunnel)
{
    const struct tunnel_config *config = tunnel->config;
    bool is_wide = config->from_anywhere;
    int error = config->remote.family != 0 ? add_host(index, tunnel, &config->remote) : 0;
    for (unsigned i = 0; i < config->others_n && error == 0; i++) {
        if (tunnel_config_is_host(&config->others[i])) {
            error = add_host(index, tunnel, &config->others[i].address);
        } else {
            is_wide = true;
        }
    }
    for (unsigned i = 0; i < peer_names_count(config->names) && error == 0; i++) {
        error = add_host(index, tunnel, peer_names_address(config->names, i));
    }
    if (is_wide) {
        push_list(&index->wide, add(index, tunnel));
    }
    return error == 0 ? add_identity(index, tunnel, is_wide) : error;
}

// All tunnels, last one first; how many references they need at most.
static struct tunnel **reversed(struct tunnel *tunnels, size_t *ret_n, size_t *ret_refs)
{
    size_t n = 0;
    size_t refs = 0;
    for (const struct tunnel *tunnel = tunnels; tunnel; tunnel = tunnel->next) {
        n++;
        refs += 4 + 2 * (size_t)(tunnel->config->others_n + peer_names_count(tunnel->config->names));
    }
    struct tunnel **all = calloc(n + 1, sizeof(struct tunnel *));
    size_t i = n;
    for (struct tunnel *tunnel = tunnels; all && tunnel; tunnel = tunnel->next) {
        all[--i] = tunnel;
    }
    *ret_n = n;
    *ret_refs = refs;
    return all;
}

int peer_index_build(struct peer_index *index, struct tunnel *tunnels)
{
    size_t n;
    size_t refs;
    struct tunnel **all = reversed(tunnels, &n, &refs);
    peer_index_done(index);
    index->by_address = hmap_new();
    index->by_identity = hmap_new();
    index->refs = calloc(refs + 1, sizeof(*index->refs));
    int error = all && index->by_address && index->by_identity && index->refs ? 0 : -ENOMEM;
    for (size_t i = 0; i < n && error == 0; i++) {
        error = add_tunnel(index, all[i]);
    }
    free(all);
    if (error < 0) {
        peer_index_done(index);
    }
    return error;
}

void peer_index_done(struct peer_index *index)
{
    hmap_free(index->by_address);
    hmap_free(index->by_identity);
    free(index->refs);
    *index = (struct peer_index){0};
}

const struct tunnel_ref *peer_index_find_address(const struct peer_index *index, const struct address *remote)
{
    return index->by_address ? hmap_find(index->by_address, address_view(remote)) : NULL;
}

const struct tunnel_ref *peer_index_find_identity(const struct peer_index *index, const struct identity *remote)
{
    uint8_t key[PEER_INDEX_KEY_BYTES];
    return index->by_identity ? hmap_find(index->by_identity, bytes_of(key, peer_index_key(remote, key))) : NULL;
}
