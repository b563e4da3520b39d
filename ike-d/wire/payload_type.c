#include "ike-d/wire/payload_type.h"

#include <stddef.h>

// Indexed by type from PAYLOAD_SA; NULL: not parsed.
static const char *const payload_names[] = {
    "SA",  "KE",  "IDi", "IDr", "CERT", "CERTREQ", "AUTH", "No", "N",  "D",   "V",
    "TSi", "TSr", "SK",  "CP",  "EAP",  NULL,      NULL,   NULL, NULL, "SKF",
};

static const char *find(uint8_t type)
{
    if (type < PAYLOAD_SA || type > PAYLOAD_KNOWN_MAX)
        return NULL;
    return payload_names[type - PAYLOAD_SA];
}

bool payload_is_known(uint8_t type)
{
    return find(type) != NULL;
}

const char *payload_name(uint8_t type)
{
    const char *name = find(type);

    return name ? name : "?";
}

const char *exchange_name(uint8_t exchange)
{
    switch (exchange) {
    case EXCHANGE_IKE_SA_INIT:
        return "IKE_SA_INIT";
    case EXCHANGE_IKE_AUTH:
        return "IKE_AUTH";
    case EXCHANGE_CREATE_CHILD_SA:
        return "CREATE_CHILD_SA";
    case EXCHANGE_INFORMATIONAL:
        return "INFORMATIONAL";
    default:
        return "?";
    }
}
