#include "ike-d/sa/key_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"
#include "lib/core/wiping.h"

static void tell(const struct tunnel *tunnel, const char *kind, const char *message)
{
    struct ike_event event = {
        .severity = IKE_EVENT_WARNING, .kind = kind, .tunnel = tunnel->config->name, .message = message};
    log_warning(kind, LOG_STR("tunnel", tunnel->config->name));
    ike_core_raise(tunnel->core, &event);
}

void key_log_free(struct key_log *log)
{
    if (!log) {
        return;
    }
    for (unsigned i = 0; i < KEY_LOG_LINES_MAX; i++) {
        wiping_free(log->lines[i]);
    }
    deadline_done(&log->tunnel->core->deadlines, &log->end);
    free(log);
}

void key_log_stop(struct tunnel *tunnel)
{
    if (!tunnel->key_log) {
        return;
    }
    key_log_free(tunnel->key_log);
    tunnel->key_log = NULL;
    tell(tunnel, "key_log_off", "The keys of this tunnel's IKE SAs are no longer given out.");
}

void key_log_move(struct key_log *log, struct tunnel *tunnel)
{
    tunnel->key_log = log;
    if (log) {
        log->tunnel = tunnel;
    }
}

static void on_end(void *arg)
{
    struct key_log *log = arg;
    key_log_stop(log->tunnel);
}

int key_log_start(struct tunnel *tunnel, uint32_t seconds)
{
    struct ike_core *core = tunnel->core;
    if (!tunnel->key_log) {
        struct key_log *log = calloc(1, sizeof(*log));
        if (!log || deadline_init(&core->deadlines, &log->end, on_end, log) < 0) {
            free(log);
            return -ENOMEM;
        }
        log->tunnel = tunnel;
        tunnel->key_log = log;
        tell(tunnel, "key_log_on",
             "An operator has the keys of this tunnel's IKE SAs written out for Wireshark: who gets them can read its "
             "IKE messages, identities and traffic selectors among them.");
    }
    tunnel->key_log->ends_s = ike_core_wall_s(core) + seconds;
    deadline_set(&core->deadlines, &tunnel->key_log->end, ike_core_now_ms(core) + (uint64_t)seconds * 1000);
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        key_log_note(sa);
    }
    return 0;
}

static bool has(const struct key_log *log, uint64_t own_spi)
{
    for (unsigned i = 0; i < KEY_LOG_LINES_MAX; i++) {
        if (log->lines[i] && log->spi[i] == own_spi) {
            return true;
        }
    }
    return false;
}

void key_log_note(const struct ike_sa *sa)
{
    struct key_log *log = sa->tunnel ? sa->tunnel->key_log : NULL;
    if (!log || !sa->has_keys || !sa->sk.ours.keys || has(log, ike_sa_own_spi(sa))) {
        return;
    }
    char *line = wiping_malloc(KEY_LOG_LINE_MAX);
    if (!line) {
        log_error("key_log_line", LOG_STR("tunnel", log->tunnel->config->name), LOG_ERRNO(ENOMEM));
        return;
    }
    key_log_format(sa, line);
    size_t place = ++log->last % KEY_LOG_LINES_MAX;
    wiping_free(log->lines[place]);
    log->lines[place] = line;
    log->spi[place] = ike_sa_own_spi(sa);
}

const char *key_log_find(const struct key_log *log, uint64_t number)
{
    bool known = number > 0 && number <= log->last && number + KEY_LOG_LINES_MAX > log->last;
    return known ? log->lines[number % KEY_LOG_LINES_MAX] : NULL;
}

static char *hex(struct bytes key, char out[2 * SECRET_KEY_MAX + 1])
{
    for (size_t i = 0; i < key.n; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", key.p[i]);
    }
    out[2 * key.n] = '\0';
    return out;
}

// Wireshark's names. "": it can't decrypt that one.
static void name_encryption(const struct encr_algorithm *encr, char out[64])
{
    out[0] = '\0';
    switch (encr->mode) {
    case ENCR_MODE_CBC:
        (void)snprintf(out, 64, encr->key_bits ? "AES-CBC-%u [RFC3602]" : "3DES [RFC2451]", encr->key_bits);
        break;
    case ENCR_MODE_CTR:
        (void)snprintf(out, 64, "AES-CTR-%u [RFC5930]", encr->key_bits);
        break;
    case ENCR_MODE_GCM:
        (void)snprintf(out, 64, "AES-GCM-%u with %u octet ICV [RFC5282]", encr->key_bits, encr->icv_bytes);
        break;
    case ENCR_MODE_CCM:
        (void)snprintf(out, 64, "AES-CCM-%u with %u octet ICV [RFC5282]", encr->key_bits, encr->icv_bytes);
        break;
    default:
        break;
    }
}

static const char *name_integrity(const struct integ_algorithm *integ)
{
    if (!integ) {
        return "NONE [RFC4306]";
    }
    switch (integ->id) {
    case INTEG_HMAC_MD5_96:
        return "HMAC_MD5_96 [RFC2403]";
    case INTEG_HMAC_SHA1_96:
        return "HMAC_SHA1_96 [RFC2404]";
    case INTEG_HMAC_SHA2_256_128:
        return "HMAC_SHA2_256_128 [RFC4868]";
    case INTEG_HMAC_SHA2_384_192:
        return "HMAC_SHA2_384_192 [RFC4868]";
    case INTEG_HMAC_SHA2_512_256:
        return "HMAC_SHA2_512_256 [RFC4868]";
    default: // AES-XCBC-96 and AES-CMAC-96, which it does not check
        return "ANY 96-bits of Authentication [No Checking]";
    }
}

void key_log_format(const struct ike_sa *sa, char out[KEY_LOG_LINE_MAX])
{
    char keys[4][2 * SECRET_KEY_MAX + 1];
    char encryption[64];
    const struct cipher *i = sa->initiator ? &sa->sk.ours : &sa->sk.theirs;
    const struct cipher *r = sa->initiator ? &sa->sk.theirs : &sa->sk.ours;
    name_encryption(sa->suite.encr, encryption);
    (void)snprintf(out, KEY_LOG_LINE_MAX, "%s%016" PRIx64 ",%016" PRIx64 ",%s,%s,\"%s\",%s,%s,\"%s\"",
                   encryption[0] ? "" : "# not for Wireshark: ", sa->spi_i, sa->spi_r, hex(cipher_encr_key(i), keys[0]),
                   hex(cipher_encr_key(r), keys[1]), encryption[0] ? encryption : sa->suite.encr->name,
                   hex(cipher_integ_key(i), keys[2]), hex(cipher_integ_key(r), keys[3]),
                   name_integrity(sa->suite.integ));
    secret_wipe(keys, sizeof(keys));
}
