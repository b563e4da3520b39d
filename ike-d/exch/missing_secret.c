#include "ike-d/exch/missing_secret.h"

#include "ike-d/exch/certificate_failure.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/tunnel_driver.h"

void missing_secret_describe(const struct tunnel *tunnel, bool ppk, struct tunnel_failure *ret_failure)
{
    const char *name = ppk ? tunnel->config->ppk_secret : tunnel->config->secret;
    failure_init(ret_failure, "SECRET_MISSING", TUNNEL_SIDE_LOCAL);
    failure_say(ret_failure,
                "The %s key of this tunnel is not stored here yet. Store it with `bhctl secrets set %s < FILE`; the "
                "tunnel then goes on by itself.",
                ppk ? "post-quantum" : "pre-shared", name ? name : "NAME");
}

bool missing_secret_is_certificate(const struct tunnel *tunnel)
{
    return tunnel->config->certificate && !(tunnel->failure && tunnel->failure->cause == FAILURE_CAUSE_SECRET_MISSING);
}

// With certificates there is no other secret than the post-quantum one.
const char *missing_secret_name(const struct tunnel *tunnel)
{
    const char *name = tunnel->config->certificate ? tunnel->config->ppk_secret : tunnel->config->secret;
    return name ? name : "NAME";
}

static void give_up_attempts(struct tunnel *tunnel)
{
    struct ike_sa *next;
    for (struct ike_sa *sa = tunnel->sas; sa; sa = next) {
        next = sa->tunnel_next;
        if (sa->initiator && sa->state < IKE_SA_STATE_ESTABLISHED) {
            ike_sa_life_delete(sa);
        }
    }
}

static void wait_for_it(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    tunnel->needs_secret = true;
    failure_end_attempt(tunnel, failure);
    give_up_attempts(tunnel);
    tunnel_driver_review(tunnel);
}

static bool is_of_matter(const struct tunnel *tunnel)
{
    return tunnel && !tunnel_carries(tunnel) && !tunnel->held_down && !tunnel->needs_secret;
}

void missing_secret_found(struct ike_core *core, const char *name, bool ppk)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    struct tunnel_failure failure;
    if (is_of_matter(tunnel) && (!ppk || tunnel->config->ppk_required)) {
        missing_secret_describe(tunnel, ppk, &failure);
        wait_for_it(tunnel, &failure);
    }
}

void missing_secret_found_certificate(struct ike_core *core, const char *name, const char *why)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    struct tunnel_failure failure;
    if (is_of_matter(tunnel) && tunnel->config->certificate) {
        certificate_failure_say_missing(&failure, tunnel, why);
        wait_for_it(tunnel, &failure);
    }
}
