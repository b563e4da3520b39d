// Rules of certificate_checks (declared in config_rules.h; the words are those of proto/bulkhead/v1/config.proto).
#include <errno.h>
#include <stdio.h>

#include "lib/net/url.h"
#include "lib/schema/config_rules.h"

#define OWN_NETWORK_URLS_MAX 64

void config_check_certificate_checks(struct mistakes *mistakes, const Bulkhead__V1__CertificateChecks *checks)
{
    struct rules rules = {.mistakes = mistakes, .path = "certificate_checks"};
    struct url url;

    if (!checks)
        return;
    if (checks->n_own_network_urls > OWN_NETWORK_URLS_MAX)
        rules_refuse(&rules, "own_network_urls", "%zu URLs; at most %d are allowed", checks->n_own_network_urls,
                     OWN_NETWORK_URLS_MAX);
    for (size_t i = 0; i < checks->n_own_network_urls; i++) {
        char field[48];
        int r = url_parse(checks->own_network_urls[i], &url);

        snprintf(field, sizeof(field), "own_network_urls[%zu]", i);
        if (r == -EPROTONOSUPPORT)
            rules_refuse(&rules, field, "\"%.60s\" is no http URL, and nothing else is fetched; write http://...",
                         checks->own_network_urls[i]);
        else if (r < 0)
            rules_refuse(&rules, field, "\"%.60s\" is not a URL; write for example http://pki.example/ca.crl",
                         checks->own_network_urls[i]);
    }
}
