#include "api-d/intent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "lib/ipc/edge_message.h"
#include "lib/ipc/method.h"
#include "lib/net/identity_pattern.h"
#include "lib/schema/policy_form.h"

// At most 200 bytes each, packed.
#define FW_POLICIES_A_PAGE  256u
#define PKI_BINDINGS_A_PAGE 48u
#define IKE_TUNNELS_A_PAGE  256u
// Leaves room for the frame's envelope and the page's own fields.
#define PAGE_BYTES (IPC_FRAME_MAX_BYTES - 1024u)

struct fw_page {
    struct intent_page page; // first: intent_page_free
    Bulkhead__Internal__V1__FwConfigureRequest request;
    Bulkhead__Internal__V1__FwPolicy *pointers[FW_POLICIES_A_PAGE];
    Bulkhead__Internal__V1__FwPolicy policies[FW_POLICIES_A_PAGE];
    struct fw_side {
        struct selector selector;
        selector_message message;
    } sides[FW_POLICIES_A_PAGE][2];
};

struct pki_page {
    struct intent_page page;
    Bulkhead__Internal__V1__PkiBindTunnelsRequest request;
    Bulkhead__Internal__V1__PkiTunnelBinding *pointers[PKI_BINDINGS_A_PAGE];
    Bulkhead__Internal__V1__PkiTunnelBinding bindings[PKI_BINDINGS_A_PAGE];
    struct pki_end {
        struct identity identity;
        identity_message message;
    } ends[PKI_BINDINGS_A_PAGE][2];
};

struct ike_page {
    struct intent_page page;
    Bulkhead__Internal__V1__IkeConfigureRequest request;
    Bulkhead__V1__Tunnel *pointers[IKE_TUNNELS_A_PAGE];
    Bulkhead__V1__Tunnel part; // a tunnel that goes over several pages
};

void intent_page_free(struct intent_page *page)
{
    free(page);
}

// A field's tag and length take at most 6 bytes at these sizes.
static size_t size_in_list(const ProtobufCMessage *message)
{
    return protobuf_c_message_get_packed_size(message) + 6;
}

static Bulkhead__Internal__V1__FwAction fw_action(Bulkhead__V1__PolicyAction action)
{
    switch (action) {
    case BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_BYPASS:
        return BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_BYPASS;
    case BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_DISCARD:
        return BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_DISCARD;
    default:
        return BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_PROTECT; // also unspecified, as policy.proto says
    }
}

static void add_fw_policy(struct fw_page *p, const char *tunnel, const Bulkhead__V1__Policy *policy)
{
    size_t i = p->request.n_policies;
    Bulkhead__Internal__V1__FwPolicy *out = &p->policies[i];

    bulkhead__internal__v1__fw_policy__init(out);
    out->tunnel = (char *)(uintptr_t)tunnel;
    for (int side = 0; side < 2; side++)
        edge_message_put_selector(&p->sides[i][side].selector, &p->sides[i][side].message);
    out->local = &p->sides[i][0].message;
    out->remote = &p->sides[i][1].message;
    out->action = fw_action(policy->action);
    out->notrack = policy->notrack;
    p->pointers[i] = out;
    p->request.n_policies++;
}

// The pairs of one policy from the cursor on, as many as have room. False: a text does not parse.
static bool add_fw_pairs(struct fw_page *p, const char *tunnel, const Bulkhead__V1__Policy *policy,
                         struct intent_cursor *cursor)
{
    struct policy_words words = policy_form_words(policy);
    const char *error;

    for (; cursor->pair < policy_words_pairs(&words); cursor->pair++) {
        size_t i = p->request.n_policies;
        int r;

        if (i == FW_POLICIES_A_PAGE)
            return true;
        r = policy_words_pair(&words, cursor->pair, &p->sides[i][0].selector, &p->sides[i][1].selector, &error);
        if (r == 0)
            add_fw_policy(p, tunnel, policy);
        else if (r != -EAFNOSUPPORT)
            return false;
    }
    cursor->pair = 0;
    cursor->policy++;
    return true;
}

struct intent_page *intent_page_for_fw(const Bulkhead__V1__Config *config, uint64_t generation,
                                       struct intent_cursor *cursor)
{
    struct fw_page *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    bulkhead__internal__v1__fw_configure_request__init(&p->request);
    p->page.message = &p->request.base;
    p->request.generation = generation;
    p->request.policies = p->pointers;
    while (cursor->tunnel < config->n_tunnels && p->request.n_policies < FW_POLICIES_A_PAGE) {
        const Bulkhead__V1__Tunnel *tunnel = config->tunnels[cursor->tunnel];

        if (cursor->policy >= tunnel->n_policies) {
            cursor->tunnel++;
            cursor->policy = 0;
        } else if (!add_fw_pairs(p, tunnel->name, tunnel->policies[cursor->policy], cursor)) {
            free(p);
            return NULL;
        }
    }
    cursor->last = cursor->tunnel >= config->n_tunnels;
    p->request.last = cursor->last;
    return &p->page;
}

// tunnel.proto: without an id it is the address of that end; without one address, whatever it turns out to be (unset).
static bool fill_end(struct pki_end *end, const Bulkhead__V1__Endpoint *endpoint, identity_message **ret_identity)
{
    struct address address;

    if (endpoint && endpoint->id[0]) {
        if (identity_parse(endpoint->id, &end->identity) < 0)
            return false;
    } else if (endpoint && !endpoint->n_other_addresses && address_parse(endpoint->address, &address) == 0 &&
               !address_is_any(&address)) {
        end->identity = identity_of_address(&address);
    } else {
        return true;
    }
    edge_message_put_identity(&end->identity, &end->message);
    *ret_identity = &end->message;
    return true;
}

// The peer's identity: one, or a pattern, which pki-d reads itself.
static bool fill_remote(struct pki_end *end, const Bulkhead__V1__Endpoint *remote,
                        Bulkhead__Internal__V1__PkiTunnelBinding *out)
{
    struct identity_pattern pattern;

    if (!remote || !remote->id[0])
        return fill_end(end, remote, &out->remote_id);
    if (identity_pattern_parse(remote->id, &pattern) < 0)
        return false;
    if (pattern.kind == IDENTITY_PATTERN_EXACT)
        return fill_end(end, remote, &out->remote_id);
    out->remote_id_pattern = remote->id;
    return true;
}

static bool fill_psk(struct pki_end ends[2], const Bulkhead__V1__Tunnel *tunnel,
                     Bulkhead__Internal__V1__PkiTunnelBinding *out)
{
    out->secret = tunnel->auth->psk->secret;
    out->other_secret = tunnel->auth->psk->other_secret;
    return fill_end(&ends[0], tunnel->local, &out->local_id) && fill_remote(&ends[1], tunnel->remote, out);
}

// tunnel.proto: with certificates an identity that is not written is what the certificate says.
static bool fill_certificate(struct pki_end ends[2], const Bulkhead__V1__Tunnel *tunnel,
                             Bulkhead__Internal__V1__PkiTunnelBinding *out)
{
    const Bulkhead__V1__CertificateAuth *auth = tunnel->auth->certificate;
    bool has_local_id = tunnel->local && tunnel->local->id[0], has_remote_id = tunnel->remote && tunnel->remote->id[0];

    out->certificate = auth->certificate;
    out->authorities = auth->authorities;
    out->n_authorities = auth->n_authorities;
    out->revocation = auth->revocation;
    out->rsa_padding = auth->rsa_padding;
    if (has_remote_id)
        out->remote_id_text = tunnel->remote->id;
    return (!has_local_id || fill_end(&ends[0], tunnel->local, &out->local_id)) &&
           (!has_remote_id || fill_remote(&ends[1], tunnel->remote, out));
}

static bool fill_binding(struct pki_end ends[2], const Bulkhead__V1__Tunnel *tunnel,
                         Bulkhead__Internal__V1__PkiTunnelBinding *out)
{
    bulkhead__internal__v1__pki_tunnel_binding__init(out);
    out->tunnel = tunnel->name;
    if (tunnel->auth->ppk) {
        out->ppk_secret = tunnel->auth->ppk->secret;
        edge_message_put_bytes(bytes_of_str(tunnel->auth->ppk->id), &out->ppk_id);
    }
    return tunnel->auth->method_case == BULKHEAD__V1__AUTH__METHOD_CERTIFICATE ? fill_certificate(ends, tunnel, out)
                                                                               : fill_psk(ends, tunnel, out);
}

// False: the page is full, and goes out without it; or (with ret_error) a text does not parse.
static bool add_binding(struct pki_page *p, const Bulkhead__V1__Tunnel *tunnel, size_t *room, bool *ret_error)
{
    size_t i = p->request.n_bindings, size;

    if (!tunnel->auth || tunnel->auth->method_case == BULKHEAD__V1__AUTH__METHOD__NOT_SET)
        return true;
    if (!fill_binding(p->ends[i], tunnel, &p->bindings[i])) {
        *ret_error = true;
        return false;
    }
    size = size_in_list(&p->bindings[i].base);
    if (size > *room)
        return false;
    *room -= size;
    p->pointers[i] = &p->bindings[i];
    p->request.n_bindings++;
    return true;
}

struct intent_page *intent_page_for_pki(const Bulkhead__V1__Config *config, uint64_t generation,
                                        struct intent_cursor *cursor)
{
    struct pki_page *p = calloc(1, sizeof(*p));
    size_t room = PAGE_BYTES;
    bool error = false;

    if (!p)
        return NULL;
    bulkhead__internal__v1__pki_bind_tunnels_request__init(&p->request);
    p->page.message = &p->request.base;
    p->request.generation = generation;
    p->request.bindings = p->pointers;
    while (cursor->tunnel < config->n_tunnels && p->request.n_bindings < PKI_BINDINGS_A_PAGE &&
           add_binding(p, config->tunnels[cursor->tunnel], &room, &error))
        cursor->tunnel++;
    if (error) {
        free(p);
        return NULL;
    }
    cursor->last = cursor->tunnel >= config->n_tunnels;
    p->request.last = cursor->last;
    return &p->page;
}

// How many of the policies from `first` on fit in `room` bytes.
static size_t count_policies(const Bulkhead__V1__Tunnel *tunnel, size_t first, size_t room)
{
    size_t n = 0;

    for (; first + n < tunnel->n_policies; n++) {
        size_t size = size_in_list(&tunnel->policies[first + n]->base);

        if (size > room)
            break;
        room -= size;
    }
    return n;
}

// The tunnel at the cursor does not fit a page alone: as many of its policies as do. False: not one does.
static bool split_tunnel(struct ike_page *p, const Bulkhead__V1__Tunnel *tunnel, struct intent_cursor *cursor)
{
    size_t fixed, n;

    if (cursor->policy) {
        bulkhead__v1__tunnel__init(&p->part);
        p->part.name = tunnel->name;
        p->request.continued = true;
    } else {
        p->part = *tunnel;
    }
    p->part.n_policies = 0;
    fixed = size_in_list(&p->part.base);
    n = fixed < PAGE_BYTES ? count_policies(tunnel, cursor->policy, PAGE_BYTES - fixed) : 0;
    if (!n)
        return false;
    p->part.policies = tunnel->policies + cursor->policy;
    p->part.n_policies = n;
    p->pointers[p->request.n_tunnels++] = &p->part;
    cursor->policy += n;
    if (cursor->policy >= tunnel->n_policies) {
        cursor->tunnel++;
        cursor->policy = 0;
    }
    return true;
}

struct intent_page *intent_page_for_ike(const Bulkhead__V1__Config *config, uint64_t generation,
                                        struct intent_cursor *cursor)
{
    struct ike_page *p = calloc(1, sizeof(*p));
    size_t room = PAGE_BYTES;

    if (!p)
        return NULL;
    bulkhead__internal__v1__ike_configure_request__init(&p->request);
    p->page.message = &p->request.base;
    p->request.generation = generation;
    p->request.tunnels = p->pointers;
    while (cursor->tunnel < config->n_tunnels && p->request.n_tunnels < IKE_TUNNELS_A_PAGE) {
        Bulkhead__V1__Tunnel *tunnel = config->tunnels[cursor->tunnel];
        size_t size = size_in_list(&tunnel->base);

        if (size > PAGE_BYTES) {
            if (!p->request.n_tunnels && !split_tunnel(p, tunnel, cursor)) {
                free(p);
                return NULL;
            }
            break;
        }
        if (size > room)
            break;
        room -= size;
        p->pointers[p->request.n_tunnels++] = tunnel;
        cursor->tunnel++;
    }
    cursor->last = cursor->tunnel >= config->n_tunnels;
    p->request.last = cursor->last;
    return &p->page;
}
