#include "ike-d/exch/certificate_failure.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/wire/message.h"

struct verdict_row {
    enum peer_verdict verdict;
    enum failure_cause cause;
    const char *what; // where the verifier gives no reason
    const char *advice;
};

static const struct verdict_row rows[] = {
    {PEER_VERDICT_NO_CERTIFICATE, FAILURE_CAUSE_CERTIFICATE_UNREADABLE, "the peer sent no certificate",
     "Have it send its certificate, asked or not."},
    {PEER_VERDICT_MALFORMED, FAILURE_CAUSE_CERTIFICATE_UNREADABLE, "it can't be read",
     "Have the peer send an X.509 certificate in DER."},
    {PEER_VERDICT_UNTRUSTED, FAILURE_CAUSE_CERTIFICATE_UNTRUSTED, "it comes from no authority that this tunnel trusts",
     "Name its authority in auth.certificate.authorities, or have the peer use a certificate of an authority that is "
     "named there, and send the issuers in between."},
    {PEER_VERDICT_EXPIRED, FAILURE_CAUSE_CERTIFICATE_EXPIRED, "it has expired",
     "Renew it at the peer; if it should still be valid, look at this gateway's clock."},
    {PEER_VERDICT_NOT_YET_VALID, FAILURE_CAUSE_CERTIFICATE_NOT_YET_VALID, "it is not valid yet",
     "One of the clocks, here or where it was issued, is wrong."},
    {PEER_VERDICT_WRONG_IDENTITY, FAILURE_CAUSE_CERTIFICATE_IDENTITY,
     "it names somebody else than the peer claims to be",
     "Have the peer call itself (its local.id) by a name that is in its certificate, or issue one that has this name "
     "among its alternative names; remote.id here must be that name, too."},
    {PEER_VERDICT_WRONG_USAGE, FAILURE_CAUSE_CERTIFICATE_USAGE, "its key is not meant for this",
     "Issue the peer a certificate for IPsec: key usage digitalSignature, extended key usage serverAuth or "
     "clientAuth."},
    {PEER_VERDICT_REVOKED, FAILURE_CAUSE_CERTIFICATE_REVOKED, "it is revoked", "Issue the peer a new certificate."},
    {PEER_VERDICT_REVOCATION_UNKNOWN, FAILURE_CAUSE_REVOCATION_UNKNOWN, "nobody says whether it is revoked",
     "Make its CRL or OCSP responder reachable, or write revocation: if_available."},
    {PEER_VERDICT_WRONG_SIGNATURE, FAILURE_CAUSE_WRONG_SIGNATURE, "its key is not the one that has signed",
     "The peer must sign with the key that belongs to the certificate it sends."},
    {PEER_VERDICT_WEAK, FAILURE_CAUSE_CERTIFICATE_WEAK, "its key, or a signature, is too weak",
     "Issue the peer a certificate with RSA of at least 2048 bits, ECDSA or Ed25519, signed with SHA-256 or better."},
    {PEER_VERDICT_NOT_CONFIGURED, FAILURE_CAUSE_CERTIFICATE_MISSING, "the store does not know this tunnel yet",
     "See `bhctl system status`."},
};

static const struct verdict_row *row_of(enum peer_verdict verdict)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].verdict == verdict) {
            return &rows[i];
        }
    }
    return &rows[1];
}

static void compare(struct tunnel_failure *failure, const struct ike_sa *sa, const struct peer_certificate *peer)
{
    char text[IDENTITY_TEXT_MAX];
    struct identity named = kept_identity_get(&sa->remote_id);
    failure_add_identities(failure, sa, sa->tunnel);
    comparison_add_remote(&failure->comparison, "local.id %.400s", identity_format(&named, text, sizeof(text)));
    if (peer->subject[0]) {
        comparison_add_remote(&failure->comparison, "certificate %.300s, issued by %.200s", peer->subject,
                              peer->issuer);
    }
    comparison_mark(&failure->comparison, 0, peer->subject[0] ? 2 : 1, "the peer's certificate: %.200s",
                    peer->reason[0] ? peer->reason : row_of(peer->verdict)->what);
}

void certificate_failure_say(struct tunnel_failure *failure, const struct ike_sa *sa,
                             const struct peer_certificate *peer)
{
    const struct verdict_row *row = row_of(peer->verdict);
    failure_init(failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    failure_set_cause(failure, row->cause);
    compare(failure, sa, peer);
    if (peer->reason[0]) { // it names the certificate and what would be right
        failure_say(failure, "The peer's certificate is refused: %.440s.", peer->reason);
    } else {
        failure_say(failure, "The peer's certificate is refused: %s. %s", row->what, row->advice);
    }
}

static bool has_url(const struct message *m)
{
    for (unsigned i = 0; i < m->cert_n; i++) {
        if (m->cert[i].encoding == CERT_ENCODING_HASH_AND_URL || m->cert[i].encoding == CERT_ENCODING_URL_OF_BUNDLE) {
            return true;
        }
    }
    return false;
}

void certificate_failure_say_none(struct tunnel_failure *failure, const struct ike_sa *sa, const struct message *m)
{
    char text[IDENTITY_TEXT_MAX];
    struct identity named = kept_identity_get(&sa->remote_id);
    failure_init(failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    failure_set_cause(failure, FAILURE_CAUSE_CERTIFICATE_UNREADABLE);
    failure_add_identities(failure, sa, sa->tunnel);
    failure_say(failure, "The peer, %.200s, sent %s. Have it send its certificate itself, asked or not.",
                identity_format(&named, text, sizeof(text)),
                has_url(m)  ? "a URL of its certificate (hash and URL), which is not fetched"
                : m->cert_n ? "no X.509 certificate, but something else in its place"
                            : "no certificate");
}

void certificate_failure_say_missing(struct tunnel_failure *failure, const struct tunnel *tunnel, const char *why)
{
    failure_init(failure, "CERTIFICATE_MISSING", TUNNEL_SIDE_LOCAL);
    failure_say(failure,
                "The certificate %.64s can't be used: %.250s. `bhctl pki cert list` shows what is stored here; the "
                "tunnel goes on by itself when it is there.",
                tunnel->config->certificate, why && why[0] ? why : "it, its key or an authority is not stored here");
}

void certificate_failure_say_no_signature(struct tunnel_failure *failure, const struct tunnel *tunnel, const char *why)
{
    failure_init(failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    failure_set_cause(failure, FAILURE_CAUSE_FEATURE_MISSING);
    failure_say(failure,
                "Nothing can be signed for this peer with the certificate %.64s: %.200s. A peer that can't do RFC 7427 "
                "and RFC 8420 takes signatures of RSA and ECDSA keys alone: use a certificate with such a key here, or "
                "bring the peer up to date.",
                tunnel->config->certificate, why && why[0] ? why : "its key is of no kind that the peer knows");
}

void certificate_failure_say_not_accepted(struct tunnel_failure *failure, const struct ike_sa *sa)
{
    failure_add_identities(failure, sa, sa->tunnel);
    failure_say(failure,
                "The peer did not accept our certificate %.64s, or our identity. It must trust the authority that "
                "issued it, expect the name that it has (its remote.id, see the local offer), and be able to reach a "
                "CRL or OCSP responder if it insists on one; its log says which of them it is.",
                sa->tunnel->config->certificate);
}

void certificate_failure_say_run_out(struct tunnel_failure *failure, const struct ike_sa *sa)
{
    char when[32] = "";
    time_t at = (time_t)sa->peer_certificate->not_after_s;
    struct tm tm;
    if (gmtime_r(&at, &tm)) {
        (void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    failure_init(failure, "EXPIRED", TUNNEL_SIDE_LOCAL);
    failure_set_cause(failure, FAILURE_CAUSE_CERTIFICATE_EXPIRED);
    failure_say(failure,
                "The peer's certificate, %.250s, has expired at %s, and the IKE SA that was made with it has ended. "
                "Renew it at the peer.",
                sa->peer_certificate->subject, when);
}
