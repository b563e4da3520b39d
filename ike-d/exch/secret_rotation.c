#include "ike-d/exch/secret_rotation.h"

#include <stdio.h>

#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

bool secret_rotation_try_other(struct ike_sa *sa)
{
    struct tunnel *tunnel = sa->tunnel;
    if (!tunnel->config->other_secret) {
        return false;
    }
    tunnel->other_secret = !tunnel->other_secret; // back to the first one when both were refused
    tunnel->secret_retried = !tunnel->secret_retried;
    if (!tunnel->secret_retried) {
        return false;
    }
    log_info("secret_refused", LOG_STR("tunnel", tunnel->config->name), LOG_STR("next", "the other secret"));
    ike_sa_init_initiate(tunnel);
    return true;
}

bool secret_rotation_swap(struct ike_sa *sa)
{
    if (!sa->tunnel->config->other_secret || sa->other_secret != sa->tunnel->other_secret) {
        return false;
    }
    sa->other_secret = !sa->other_secret;
    return true;
}

void secret_rotation_note(struct ike_sa *sa, bool other)
{
    struct tunnel *tunnel = sa->tunnel;
    const struct tunnel_config *config = tunnel->config;
    bool is_news = !tunnel->secret_known || tunnel->other_secret != other;
    tunnel->secret_retried = false;
    tunnel->other_secret = other;
    tunnel->secret_known = true;
    if (!config->other_secret || !config->secret || !is_news) {
        return;
    }
    char message[256];
    (void)snprintf(message, sizeof(message),
                   "The peer uses the secret %.64s; %.64s is not in use and may be removed from this tunnel once the "
                   "change is over.",
                   other ? config->other_secret : config->secret, other ? config->secret : config->other_secret);
    struct ike_event event = {
        .severity = IKE_EVENT_INFO, .kind = "secret_in_use", .tunnel = config->name, .message = message};
    log_info("secret_in_use", LOG_STR("tunnel", config->name),
             LOG_STR("secret", other ? config->other_secret : config->secret));
    ike_core_raise(tunnel->core, &event);
}
