#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/chains.h"
#include "fw-d/fw_limits.h"
#include "fw-d/sets.h"

// Every field starts at a multiple of 4 bytes.
#define FIELD_BYTES 4u

char *set_name(const struct set_id *id, char *out)
{
    const struct masks *m = &id->kind.masks;
    int n = snprintf(out, SET_NAME_MAX, "v%u_%s%zu_", id->kind.family, id->is_raw ? "raw" : "layer", id->index);

    if (id->kind.is_masked)
        snprintf(out + n, SET_NAME_MAX - (size_t)n, "m%u_%u_%u_%u_%c", m->remote_bits, m->local_bits,
                 m->local_port_bits, m->remote_port_bits, id->letter);
    else
        snprintf(out + n, SET_NAME_MAX - (size_t)n, "%c", id->letter);
    return out;
}

// A literal and a number behind it. What is too large for a byte does not come back when the name is made again.
static bool take_number(const char **at, const char *literal, uint8_t *ret_number)
{
    size_t n = strlen(literal);
    char *end;

    if (strncmp(*at, literal, n) != 0 || (*at)[n] < '0' || (*at)[n] > '9')
        return false;
    *ret_number = (uint8_t)strtoul(*at + n, &end, 10);
    *at = end;
    return true;
}

// By making the name again out of what it seems to say.
bool set_name_parse(const char *name, struct set_id *ret_id)
{
    char text[SET_NAME_MAX];
    struct set_id id = {0};
    struct masks *m = &id.kind.masks;
    const char *at = name;
    uint8_t index;

    if (strlen(name) >= SET_NAME_MAX || !take_number(&at, "v", &id.kind.family))
        return false;
    id.is_raw = strncmp(at, "_raw", 4) == 0;
    if (!take_number(&at, id.is_raw ? "_raw" : "_layer", &index))
        return false;
    id.kind.is_masked = take_number(&at, "_m", &m->remote_bits) && take_number(&at, "_", &m->local_bits) &&
                        take_number(&at, "_", &m->local_port_bits) && take_number(&at, "_", &m->remote_port_bits);
    id.index = index;
    id.letter = at[0] ? at[1] : '\0';
    if ((id.kind.family != 4 && id.kind.family != 6) || index >= FW_LAYERS_MAX || id.letter < SET_LETTER_FIRST ||
        id.letter > SET_LETTER_LAST || strcmp(name, set_name(&id, text)) != 0)
        return false;
    *ret_id = id;
    return true;
}

const char *set_chain(const struct policy *p)
{
    struct range all = range_all(p->local.range.start.family);

    if (p->action == POLICY_BYPASS)
        return NULL;
    if (p->action == POLICY_DISCARD)
        return CHAIN_ON_DISCARD;
    if (p->action == POLICY_UNTRACK)
        return CHAIN_UNTRACK;
    return range_equal(&p->local.range, &all) ? CHAIN_ON_PROTECT_OPEN : CHAIN_ON_PROTECT;
}

static size_t put_port(uint8_t *key, size_t at, uint16_t port)
{
    key[at] = (uint8_t)(port >> 8);
    key[at + 1] = (uint8_t)port;
    return at + FIELD_BYTES;
}

static size_t put_address(uint8_t *key, size_t at, const struct address *a)
{
    memcpy(key + at, a->b, address_size(a));
    return at + address_size(a);
}

static size_t put_protocol(uint8_t *key, size_t at, uint8_t protocol)
{
    key[at] = protocol;
    return at + FIELD_BYTES;
}

size_t set_key_encode(const struct policy *p, enum layer_shape shape, uint8_t *start, uint8_t *end)
{
    size_t n = put_address(start, 0, &p->remote.range.start);

    memset(start + n, 0, SET_KEY_MAX - n);
    memset(end, 0, SET_KEY_MAX);
    put_address(end, 0, &p->remote.range.end);
    put_address(end, n, &p->local.range.end);
    n = put_address(start, n, &p->local.range.start);
    if (shape == LAYER_ADDRESSES)
        return n;
    put_protocol(end, n, p->local.protocol);
    n = put_protocol(start, n, p->local.protocol);
    if (shape == LAYER_PROTOCOL)
        return n;
    put_port(end, n, p->local.end_port);
    n = put_port(start, n, p->local.start_port);
    if (shape == LAYER_ICMP)
        return n;
    put_port(end, n, p->remote.end_port);
    return put_port(start, n, p->remote.start_port);
}

static uint16_t get_port(struct bytes key, size_t at)
{
    return (uint16_t)(key.p[at] << 8 | key.p[at + 1]);
}

static int get_range(uint8_t family, const uint8_t *start, const uint8_t *end, struct selector *s)
{
    size_t n = family == 4 ? 4 : 16;

    if (address_from_bytes(bytes_of(start, n), &s->range.start) < 0 ||
        address_from_bytes(bytes_of(end, n), &s->range.end) < 0 || address_compare(&s->range.start, &s->range.end) > 0)
        return -EINVAL;
    s->end_port = UINT16_MAX;
    return 0;
}

static int decode_action(const char *chain, enum policy_action *ret_action)
{
    if (!chain)
        *ret_action = POLICY_BYPASS;
    else if (strcmp(chain, CHAIN_ON_DISCARD) == 0)
        *ret_action = POLICY_DISCARD;
    else if (strcmp(chain, CHAIN_UNTRACK) == 0)
        *ret_action = POLICY_UNTRACK;
    else if (strcmp(chain, CHAIN_ON_PROTECT) == 0 || strcmp(chain, CHAIN_ON_PROTECT_OPEN) == 0)
        *ret_action = POLICY_PROTECT;
    else
        return -EINVAL;
    return 0;
}

int set_key_decode(const struct set_id *id, struct bytes start, struct bytes end, const char *chain,
                   struct policy *ret_policy)
{
    uint8_t family = id->kind.family;
    size_t side = family == 4 ? 4 : 16, extra = start.n - 2 * side;
    struct policy p = {0};

    if (start.n != end.n || start.n < 2 * side || extra > 3 * FIELD_BYTES || extra % FIELD_BYTES ||
        (extra == 2 * FIELD_BYTES && !protocol_is_icmp(start.p[2 * side])))
        return -EINVAL;
    if (get_range(family, start.p, end.p, &p.remote) < 0 ||
        get_range(family, start.p + side, end.p + side, &p.local) < 0)
        return -EINVAL;
    if (extra)
        p.local.protocol = p.remote.protocol = start.p[2 * side];
    if (extra >= 2 * FIELD_BYTES) {
        p.local.start_port = p.remote.start_port = get_port(start, 2 * side + FIELD_BYTES);
        p.local.end_port = p.remote.end_port = get_port(end, 2 * side + FIELD_BYTES);
    }
    if (extra == 3 * FIELD_BYTES) {
        p.remote.start_port = get_port(start, 2 * side + 2 * FIELD_BYTES);
        p.remote.end_port = get_port(end, 2 * side + 2 * FIELD_BYTES);
    }
    if ((id->kind.is_masked && masks_widen(&id->kind.masks, &p) < 0) || decode_action(chain, &p.action) < 0)
        return -EINVAL;
    *ret_policy = p;
    return 0;
}
