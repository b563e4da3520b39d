#include "ike-d/sa/peer_certificate.h"

#include <stdlib.h>
#include <string.h>

#define STRINGS 4

struct peer_certificate *peer_certificate_copy(const struct peer_certificate *from)
{
    const char *strings[STRINGS] = {from->reason, from->subject, from->serial, from->issuer};
    size_t sizes[STRINGS];
    size_t n = 0;
    for (int i = 0; i < STRINGS; i++) {
        sizes[i] = strlen(strings[i]) + 1;
        n += sizes[i];
    }
    struct peer_certificate *copy = malloc(sizeof(*copy) + n);
    if (!copy) {
        return NULL;
    }
    char *to = (char *)(copy + 1);
    for (int i = 0; i < STRINGS; i++) {
        strings[i] = memcpy(to, strings[i], sizes[i]);
        to += sizes[i];
    }
    *copy = (struct peer_certificate){.verdict = from->verdict,
                                      .reason = strings[0],
                                      .subject = strings[1],
                                      .serial = strings[2],
                                      .issuer = strings[3],
                                      .not_after_s = from->not_after_s};
    return copy;
}

void peer_certificate_free(struct peer_certificate *certificate)
{
    free(certificate);
}
