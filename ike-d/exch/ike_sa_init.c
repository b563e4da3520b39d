#include "ike-d/exch/ike_sa_init.h"

#include "ike-d/sa/key_log.h"
#include "lib/core/log.h"

int ike_sa_init_set_keys(struct ike_sa *sa, struct bytes shared)
{
    struct ike_key_seed seed = {
        .nonce_i = kept_message_view(&sa->nonce_i),
        .nonce_r = kept_message_view(&sa->nonce_r),
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
        .shared = shared,
    };
    struct ike_keys keys;
    int error = ike_keys_derive(&sa->suite, &seed, &keys);
    if (error == 0) {
        error = ike_sa_take_keys(sa, &keys);
    }
    if (error < 0) {
        log_error("ike_keys", LOG_HEX64("spi_i", sa->spi_i), LOG_ERRNO(error));
        return error;
    }
    key_log_note(sa);
    ike_sa_set_state(sa, IKE_SA_STATE_AUTHENTICATING);
    return 0;
}
