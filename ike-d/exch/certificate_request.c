#include "ike-d/exch/certificate_request.h"

#include <string.h>

#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"

void certificate_request_keep(struct tunnel *tunnel, struct bytes authorities)
{
    tunnel->authorities_known = kept_message_set(&tunnel->authorities, authorities) == 0;
}

struct tunnel *certificate_request_next(const struct ike_sa *sa, unsigned *turn)
{
    struct tunnel *tunnels[CERTIFICATE_REQUEST_TUNNELS_MAX];
    unsigned n = tunnel_choice_by_certificate(sa, tunnels, CERTIFICATE_REQUEST_TUNNELS_MAX);
    while (*turn < n) {
        struct tunnel *tunnel = tunnels[(*turn)++];
        if (!tunnel->authorities_known) {
            return tunnel;
        }
    }
    return NULL;
}

static bool has_hash(const struct writer *w, const uint8_t *hash)
{
    for (size_t at = 0; at < w->n; at += CREDENTIAL_HASH_BYTES) {
        if (memcmp(w->p + at, hash, CREDENTIAL_HASH_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static void add_hashes(struct writer *w, struct bytes hashes)
{
    for (size_t at = 0; at + CREDENTIAL_HASH_BYTES <= hashes.n; at += CREDENTIAL_HASH_BYTES) {
        if (w->n < w->capacity && !has_hash(w, hashes.p + at)) {
            writer_bytes(w, bytes_of(hashes.p + at, CREDENTIAL_HASH_BYTES));
        }
    }
}

void certificate_request_put(struct message_writer *mw, const struct ike_sa *sa)
{
    struct tunnel *tunnels[CERTIFICATE_REQUEST_TUNNELS_MAX];
    unsigned n = tunnel_choice_by_certificate(sa, tunnels, CERTIFICATE_REQUEST_TUNNELS_MAX);
    uint8_t hashes[CREDENTIAL_AUTHORITIES_MAX * CREDENTIAL_HASH_BYTES];
    struct writer w = writer_of(hashes, sizeof(hashes));
    for (unsigned i = 0; i < n; i++) {
        add_hashes(&w, kept_message_view(&tunnels[i]->authorities));
    }
    if (n) {
        message_put_cert(mw, PAYLOAD_CERTREQ, CERT_ENCODING_X509_SIGNATURE, writer_view(&w));
    }
}
