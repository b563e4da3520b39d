#include "ike-d/exch/cure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike-d/exch/missing_secret.h"
#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/nego/dialect.h"

struct cures {
    const struct tunnel *tunnel;
    const struct tunnel_failure *failure;
    struct cure *list;
    unsigned n;
};

__attribute__((format(printf, 4, 5))) static void add(struct cures *cures, enum tunnel_side side, enum vendor vendor,
                                                      const char *format, ...)
{
    va_list args;
    if (cures->n == CURES_MAX) {
        return;
    }
    struct cure *cure = &cures->list[cures->n++];
    cure->side = side;
    cure->vendor = vendor;
    va_start(args, format);
    (void)vsnprintf(cure->text, sizeof(cure->text), format, args);
    va_end(args);
}

#define add_local(cures, ...) add((cures), TUNNEL_SIDE_LOCAL, VENDOR_BULKHEAD, __VA_ARGS__)

// The peer's dialect, or those that are likely.
static const struct dialect *const *dialects_for(const struct tunnel *tunnel, const struct dialect *known[2])
{
    known[0] = dialect_of(tunnel->vendor);
    known[1] = NULL;
    return known[0] || tunnel->vendor != VENDOR_UNKNOWN ? known : dialects_likely;
}

// The first of our proposals that the peer's kind of gateway can do.
static bool say_proposal(const struct dialect *dialect, const struct offer *offer, bool ike, char *out, size_t out_size)
{
    for (unsigned i = 0; i < offer->n; i++) {
        if (ike ? dialect->ike_proposal(&offer->proposal[i], out, out_size)
                : dialect->esp_proposal(&offer->proposal[i], out, out_size)) {
            return true;
        }
    }
    return false;
}

static void cure_proposals_there(struct cures *cures, bool ike)
{
    const struct tunnel_config *config = cures->tunnel->config;
    const struct dialect *known[2];
    const struct dialect *const *dialects = dialects_for(cures->tunnel, known);
    const struct offer *offer = ike ? config->ike_offer : config->esp_offer;
    for (; *dialects; dialects++) {
        char text[480];
        if (say_proposal(*dialects, offer, ike, text, sizeof(text))) {
            add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor, "%s", text);
        } else if (known[0]) {
            add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor,
                "it can do none of our proposals; add one that it can, such as %s, on both sides",
                ike ? "aes256-sha256-modp2048" : "aes256-sha256");
        }
    }
    if (!known[0] && cures->tunnel->vendor != VENDOR_UNKNOWN && offer->n) {
        char text[PROPOSAL_TEXT_MAX];
        add(cures, TUNNEL_SIDE_REMOTE, cures->tunnel->vendor, "configure %s", // a vendor without a dialect here
            proposal_format(&offer->proposal[0], text, sizeof(text)));
    }
}

static void cure_proposals(struct cures *cures)
{
    const struct comparison *c = &cures->failure->comparison;
    const struct offer *esp = cures->tunnel->config->esp_offer;
    bool ike = c->subject == COMPARISON_IKE_PROPOSALS;
    const char *field = ike ? "ike_proposals" : "esp_proposals";
    if (c->suggestion[0]) {
        add_local(cures, "%s: [%s]", field, c->suggestion);
    } else if (cures->failure->cause == FAILURE_CAUSE_PFS_MISMATCH && offer_first_group(esp) != KE_NONE) {
        struct proposal without = esp->proposal[0];
        char text[PROPOSAL_TEXT_MAX];
        without.n = 0;
        for (unsigned i = 0; i < esp->proposal[0].n; i++) {
            if (esp->proposal[0].transform[i].type != TRANSFORM_KE) {
                without.transform[without.n++] = esp->proposal[0].transform[i];
            }
        }
        add_local(cures, "esp_proposals: [%.400s] if the peer has PFS off, else the peer's group at its end",
                  proposal_format(&without, text, sizeof(text)));
    } else if (cures->failure->cause == FAILURE_CAUSE_PFS_MISMATCH && esp->n) {
        char text[PROPOSAL_TEXT_MAX];
        add_local(cures, "esp_proposals: [%.400s-GROUP] with the peer's group, such as modp2048 or ecp256",
                  proposal_format(&esp->proposal[0], text, sizeof(text)));
    } else {
        add_local(cures, "%s: [PROPOSAL] with one that the peer has; the peer did not say which it has", field);
    }
    cure_proposals_there(cures, ike);
}

// "10.1.0.0/24 === 10.2.0.0/24" with one selector a side can be written as a policy.
static void cure_policies(struct cures *cures)
{
    const struct comparison *c = &cures->failure->comparison;
    const struct tunnel_config *config = cures->tunnel->config;
    const char *middle = strstr(c->remote, " === ");
    const struct dialect *known[2];
    const struct dialect *const *dialects = dialects_for(cures->tunnel, known);
    if (middle) {
        add_local(cures, "policies: [{local: \"%.*s\", remote: \"%.200s\"}]", (int)(middle - c->remote), c->remote,
                  middle + 5);
    } else {
        add_local(cures, "policies: [{local: A, remote: B}] with the peer's remote as A and its local as B; the peer "
                         "did not say what they are");
    }
    for (; config->protected_n && *dialects; dialects++) {
        char text[480];
        (*dialects)->policy(&config->protected[0], text, sizeof(text));
        add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor, "%s", text);
    }
}

// The identity in "remote.id fqdn:gw.example" of those lines.
static bool read_identity(const char *lines, const char *key, struct identity *ret_identity)
{
    char text[IDENTITY_TEXT_MAX];
    const char *at = strstr(lines, key);
    if (!at) {
        return false;
    }
    at += strlen(key);
    (void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "\n"), at);
    return identity_parse(text, ret_identity) == 0;
}

static void cure_identities_here(struct cures *cures)
{
    const char *theirs = cures->failure->comparison.remote;
    struct identity id;
    char text[IDENTITY_TEXT_MAX];
    if (cures->failure->comparison.local_line == 1 && read_identity(theirs, "remote.id ", &id)) {
        add_local(cures, "local: {id: \"%.400s\"}", identity_format(&id, text, sizeof(text)));
    } else if (read_identity(theirs, "local.id ", &id)) {
        add_local(cures, "remote: {id: \"%.400s\"}", identity_format(&id, text, sizeof(text)));
    }
}

static void cure_identities_there(struct cures *cures)
{
    const char *ours = cures->failure->comparison.local;
    struct identity own;
    struct identity peer;
    const struct dialect *known[2];
    const struct dialect *const *dialects = dialects_for(cures->tunnel, known);
    if (!read_identity(ours, "local.id ", &own) || !read_identity(ours, "remote.id ", &peer)) {
        return;
    }
    for (; *dialects; dialects++) {
        char text[480];
        (*dialects)->identities(&peer, &own, text, sizeof(text));
        add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor, "%s", text);
    }
}

static void cure_key_there(struct cures *cures)
{
    const struct dialect *known[2];
    const struct dialect *const *dialects = dialects_for(cures->tunnel, known);
    for (; *dialects; dialects++) {
        add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor, "%s", (*dialects)->secret);
    }
}

static void cure_key(struct cures *cures)
{
    const char *secret = cures->tunnel->config->secret;
    add_local(cures, "bhctl secrets set %.100s < FILE", secret ? secret : "NAME");
    cure_key_there(cures);
}

static void say_there(struct cures *cures, bool certificate)
{
    const struct dialect *known[2];
    const struct dialect *const *dialects = dialects_for(cures->tunnel, known);
    for (; *dialects; dialects++) {
        add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor, "%s",
            certificate ? (*dialects)->certificate : (*dialects)->authority);
    }
}

// The peer has refused our certificate, or our name.
static void cure_our_certificate(struct cures *cures)
{
    const char *name = cures->tunnel->config->certificate;
    add_local(cures,
              "bhctl pki cert show %.64s must say that it is valid, and who issued it: its authority (bhctl pki ca "
              "list) goes to the peer by `bhctl pki cert export CA > CA.pem`",
              name);
    say_there(cures, false);
    cure_identities_there(cures);
}

// What is wrong with the peer's certificate, and what this side may do about it; at the peer it is another certificate.
static const struct {
    enum failure_cause cause;
    const char *local;
} certificates[] = {
    {FAILURE_CAUSE_CERTIFICATE_UNTRUSTED, "auth: {certificate: {authorities: [CA]}} with the authority that issued it; "
                                          "`bhctl pki ca import CA -f FILE` takes "
                                          "one from outside in"},
    {FAILURE_CAUSE_CERTIFICATE_EXPIRED, "nothing, unless this gateway's clock is wrong (date -u)"},
    {FAILURE_CAUSE_CERTIFICATE_NOT_YET_VALID, "date -u must be right here, as on the host that issued it"},
    {FAILURE_CAUSE_CERTIFICATE_IDENTITY, "remote: {id: NAME} with a name that its certificate has"},
    {FAILURE_CAUSE_CERTIFICATE_USAGE,
     "bhctl pki cert issue NAME --ca CA --purpose site makes one that will do, where the authority is ours"},
    {FAILURE_CAUSE_CERTIFICATE_REVOKED,
     "bhctl pki cert issue NAME --ca CA --purpose site makes another one, where the authority is ours"},
    {FAILURE_CAUSE_REVOCATION_UNKNOWN, "auth: {certificate: {revocation: if_available}}, or a CRL by `bhctl pki crl "
                                       "import CA -f FILE`, or --crl-url with "
                                       "`bhctl pki ca import`"},
    {FAILURE_CAUSE_CERTIFICATE_WEAK,
     "bhctl pki cert issue NAME --ca CA --purpose site makes one that will do, where the authority is ours"},
    {FAILURE_CAUSE_WRONG_SIGNATURE, "nothing: the peer signs with a key that its certificate is not for"},
    {FAILURE_CAUSE_CERTIFICATE_UNREADABLE, "nothing: the peer must send its certificate, as X.509"},
};

static bool cure_peers_certificate(struct cures *cures)
{
    for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++) {
        if (certificates[i].cause == cures->failure->cause) {
            add_local(cures, "%s", certificates[i].local);
            say_there(cures, true);
            return true;
        }
    }
    return false;
}

// Which of both it is to be the operator knows.
static void cure_method(struct cures *cures)
{
    if (cures->tunnel->config->certificate) {
        add_local(cures, "auth: {psk: {secret: NAME}} if the peer has a pre-shared key");
        say_there(cures, true);
    } else {
        add_local(cures,
                  "auth: {certificate: {certificate: NAME}} if the peer has a certificate (bhctl pki cert list)");
        cure_key_there(cures);
    }
}

static void cure_missing_certificate(struct cures *cures)
{
    const char *name = cures->tunnel->config->certificate ? cures->tunnel->config->certificate : "NAME";
    add_local(cures, "bhctl pki cert issue %.64s --ca CA --purpose site, or bhctl pki cert import %.64s -f FILE", name,
              name);
}

static void cure_refusal(struct cures *cures)
{
    if (cures->tunnel->config->certificate) {
        cure_our_certificate(cures);
    } else {
        cure_key(cures);
        cure_identities_there(cures);
    }
}

static void cure_mode(struct cures *cures)
{
    const struct dialect *known[2];
    const struct dialect *const *dialects = dialects_for(cures->tunnel, known);
    bool transport = strstr(cures->failure->comparison.local, "transport") != NULL;
    add_local(cures, "mode: %s", transport ? "tunnel" : "transport");
    for (; *dialects; dialects++) {
        add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor, "%s",
            transport ? (*dialects)->transport : (*dialects)->tunnel);
    }
}

static void cure_version(struct cures *cures)
{
    for (const struct dialect *const *dialects = dialects_likely; *dialects; dialects++) {
        add(cures, TUNNEL_SIDE_REMOTE, (*dialects)->vendor, "%s", (*dialects)->ikev2);
    }
}

// Causes with one cure each, which needs nothing of the peer's.
static const struct {
    enum failure_cause cause;
    enum tunnel_side side;
    const char *text;
} plain[] = {
    {FAILURE_CAUSE_NO_ANSWER, TUNNEL_SIDE_LOCAL,
     "remote: {address: ADDRESS} must be the peer's, as it is seen from here; `ping` and `traceroute` show the way"},
    {FAILURE_CAUSE_NO_ANSWER, TUNNEL_SIDE_REMOTE,
     "its firewall, and those on the way, must pass UDP ports 500 and 4500 from and to this gateway; its IKE daemon "
     "must "
     "run and listen"},
    {FAILURE_CAUSE_NO_ANSWER_ON_4500, TUNNEL_SIDE_LOCAL,
     "fragmentation: true keeps IKE messages under the path's MTU; a firewall here must pass UDP port 4500"},
    {FAILURE_CAUSE_NO_ANSWER_ON_4500, TUNNEL_SIDE_REMOTE,
     "its firewall, and NATs on the way, must pass UDP port 4500 and IP fragments; if they do, its log names the "
     "identity or key that it did not take"},
    {FAILURE_CAUSE_NO_ROUTE, TUNNEL_SIDE_LOCAL, "ip route get ADDRESS must name a way to the peer; add a route"},
    {FAILURE_CAUSE_NAME_UNRESOLVED, TUNNEL_SIDE_LOCAL,
     "the name servers in /etc/resolv.conf must answer, and know the name in remote: {address: NAME}; or write an "
     "address"},
    {FAILURE_CAUSE_PEER_BUSY, TUNNEL_SIDE_REMOTE,
     "nothing, if it ends by itself; a Bulkhead there that holds the tunnel down goes on with `bhctl tunnels up NAME`"},
    {FAILURE_CAUSE_DELETED_BY_PEER, TUNNEL_SIDE_REMOTE, "its log says why it deleted the SA"},
    {FAILURE_CAUSE_PEER_DEAD, TUNNEL_SIDE_REMOTE,
     "is it powered, and is its way to us open? This gateway keeps trying"},
    {FAILURE_CAUSE_DAEMON_AWAY, TUNNEL_SIDE_LOCAL,
     "bhctl system status names the daemon that is away; its log says why"},
    {FAILURE_CAUSE_PPK_MISMATCH, TUNNEL_SIDE_LOCAL,
     "auth: {ppk: {id: ID, secret: NAME}} with the peer's id and key, or required: false to go without"},
    {FAILURE_CAUSE_PPK_MISMATCH, TUNNEL_SIDE_REMOTE, "the same PPK under the same id, and no insistence on it"},
    {FAILURE_CAUSE_CONFLICT, TUNNEL_SIDE_LOCAL,
     "unique: replace lets the new IKE SA take the old one's place, unique: keep keeps both"},
    {FAILURE_CAUSE_NAT_IN_BETWEEN, TUNNEL_SIDE_LOCAL, "encapsulation: auto"},
    {FAILURE_CAUSE_SINGLE_PAIR, TUNNEL_SIDE_LOCAL, "selectors: one_per_child"},
    {FAILURE_CAUSE_REFUSED_BY_PEER, TUNNEL_SIDE_REMOTE, "its log says why it refused"},
    {FAILURE_CAUSE_EXPIRED, TUNNEL_SIDE_LOCAL, "a longer `hard` lifetime leaves more time for the replacement"},
};

static void cure_plainly(struct cures *cures)
{
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (plain[i].cause == cures->failure->cause) {
            enum vendor vendor = plain[i].side == TUNNEL_SIDE_LOCAL ? VENDOR_BULKHEAD : cures->tunnel->vendor;
            add(cures, plain[i].side, vendor, "%s", plain[i].text);
        }
    }
}

unsigned cure_list(const struct tunnel *tunnel, const struct tunnel_failure *failure, struct cure cures[CURES_MAX])
{
    struct cures out = {.tunnel = tunnel, .failure = failure, .list = cures};
    switch (failure->cause) {
    case FAILURE_CAUSE_NO_COMMON_PROPOSAL:
    case FAILURE_CAUSE_NO_COMMON_GROUP:
    case FAILURE_CAUSE_PFS_MISMATCH:
        cure_proposals(&out);
        break;
    case FAILURE_CAUSE_NO_COMMON_SELECTOR:
        cure_policies(&out);
        break;
    case FAILURE_CAUSE_UNKNOWN_IDENTITY:
        cure_identities_here(&out);
        cure_identities_there(&out);
        break;
    case FAILURE_CAUSE_AUTHENTICATION_REFUSED:
        cure_refusal(&out);
        break;
    case FAILURE_CAUSE_AUTHENTICATION_METHOD:
        cure_method(&out);
        break;
    case FAILURE_CAUSE_CERTIFICATE_MISSING:
        cure_missing_certificate(&out);
        break;
    case FAILURE_CAUSE_WRONG_PSK:
        cure_key(&out);
        break;
    case FAILURE_CAUSE_SECRET_MISSING:
        add_local(&out, "bhctl secrets set %.100s < FILE", missing_secret_name(tunnel));
        break;
    case FAILURE_CAUSE_MODE_MISMATCH:
        cure_mode(&out);
        break;
    case FAILURE_CAUSE_PEER_IS_IKEV1:
        cure_version(&out);
        break;
    default:
        if (!cure_peers_certificate(&out)) {
            cure_plainly(&out);
        }
        break;
    }
    return out.n;
}
