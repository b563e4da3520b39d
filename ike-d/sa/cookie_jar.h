// The responder's secrets for cookies (RFC 7296 2.6): the present one, and the one before it, which stays valid for a
// while.
#ifndef BULKHEAD_IKE_SA_COOKIE_JAR_H
#define BULKHEAD_IKE_SA_COOKIE_JAR_H

#include "ike-d/key/cookie.h"
#include "lib/crypto/random.h"

struct cookie_jar {
    struct cookie_secret present;
    struct cookie_secret previous;
    uint64_t made_ms; // 0: no secret yet
    bool has_previous;
};

// The cookie for that claim; -EIO.
int cookie_jar_make(struct cookie_jar *jar, const struct random_source *random, uint64_t now_ms,
                    const struct cookie_claim *claim, uint8_t ret_cookie[COOKIE_BYTES]);
bool cookie_jar_accepts(const struct cookie_jar *jar, const struct cookie_claim *claim, struct bytes cookie);
void cookie_jar_wipe(struct cookie_jar *jar);

#endif
