#include "ike-d/exch/ike_sa_init.h"

#include "ike-d/key/nat_detection.h"
#include "ike-d/sa/key_log.h"
#include "ike-d/wire/message_writer.h"
#include "lib/core/log.h"

static void put_hash(struct message_writer *mw, enum notify_type type, const struct ike_sa *sa,
                     const struct endpoint *endpoint)
{
    uint8_t hash[NAT_DETECTION_BYTES];
    if (nat_detection_hash(sa->spi_i, sa->spi_r, endpoint, hash) == 0) {
        message_put_status(mw, type, bytes_of(hash, sizeof(hash)));
    }
}

void ike_sa_init_put_nat_detection(struct message_writer *mw, const struct ike_sa *sa)
{
    static const struct endpoint nowhere = {.address = {.family = 4}};
    put_hash(mw, NOTIFY_NAT_DETECTION_SOURCE_IP, sa, &nowhere);
    put_hash(mw, NOTIFY_NAT_DETECTION_DESTINATION_IP, sa, &sa->remote);
}

void ike_sa_init_judge_nat(struct ike_sa *sa, const struct message *m)
{
    enum nat_detection source = nat_detection_judge(m, NOTIFY_NAT_DETECTION_SOURCE_IP, &sa->remote);
    enum nat_detection destination = nat_detection_judge(m, NOTIFY_NAT_DETECTION_DESTINATION_IP, &sa->local);
    sa->natt = source != NAT_DETECTION_ABSENT && destination != NAT_DETECTION_ABSENT;
    sa->remote_nat = source == NAT_DETECTION_NAT;
    sa->local_nat = destination == NAT_DETECTION_NAT;
}

int ike_sa_init_set_keys(struct ike_sa *sa, struct bytes shared)
{
    struct ike_key_seed seed = {
        .nonce_i = kept_message_view(&sa->nonce_i),
        .nonce_r = kept_message_view(&sa->nonce_r),
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
        .shared = shared,
    };
    int error = ike_keys_derive(&sa->suite, &seed, &sa->keys);
    if (error == 0) {
        error = sk_init(&sa->sk, &sa->suite, &sa->keys, sa->initiator);
    }
    if (error < 0) {
        log_error("ike_keys", LOG_HEX64("spi_i", sa->spi_i), LOG_ERRNO(error));
        return error;
    }
    sa->has_keys = true;
    key_log_note(sa);
    ike_sa_set_state(sa, IKE_SA_STATE_AUTHENTICATING);
    return 0;
}
