#include "ike-d/sa/cookie_jar.h"

#include "ike-d/sa/ike_limits.h"
#include "lib/core/secret.h"

static int renew(struct cookie_jar *jar, const struct random_source *random, uint64_t now_ms)
{
    struct cookie_secret fresh = {.version = (uint8_t)(jar->present.version + 1)};
    int error = random_fill(random, fresh.b, sizeof(fresh.b));
    if (error < 0) {
        return error;
    }
    jar->has_previous = jar->made_ms != 0;
    jar->previous = jar->present;
    jar->present = fresh;
    jar->made_ms = now_ms ? now_ms : 1;
    secret_wipe(&fresh, sizeof(fresh));
    return 0;
}

int cookie_jar_make(struct cookie_jar *jar, const struct random_source *random, uint64_t now_ms,
                    const struct cookie_claim *claim, uint8_t ret_cookie[COOKIE_BYTES])
{
    if (jar->made_ms == 0 || now_ms - jar->made_ms > IKE_COOKIE_SECRET_LIFETIME_MS) {
        int error = renew(jar, random, now_ms);
        if (error < 0) {
            return error;
        }
    }
    return cookie_make(&jar->present, claim, ret_cookie);
}

bool cookie_jar_accepts(const struct cookie_jar *jar, const struct cookie_claim *claim, struct bytes cookie)
{
    if (jar->made_ms == 0) {
        return false;
    }
    return cookie_is_valid(&jar->present, claim, cookie) ||
           (jar->has_previous && cookie_is_valid(&jar->previous, claim, cookie));
}

void cookie_jar_wipe(struct cookie_jar *jar)
{
    secret_wipe(jar, sizeof(*jar));
}
