// Which payloads an exchange's request or response carries, as data (RFC 7296 appendix C): payload, least and greatest
// number, encrypted or in clear. Known payloads that a row does not name are tolerated and ignored when they come
// encrypted (some gateways put CP into rekeys), and refused when they come in clear beside an SK payload.
#ifndef BULKHEAD_IKE_MESSAGE_RULES_H
#define BULKHEAD_IKE_MESSAGE_RULES_H

#include "ike-d/wire/payload_type.h"

struct payload_rule {
    uint8_t payload; // enum payload_type; 0 ends the list
    uint8_t min;     // not asked for in a response with an error notify or a COOKIE
    uint8_t max;
};

struct message_rule {
    uint8_t exchange;
    bool response;
    bool encrypted;
    struct payload_rule payloads[12];
};

// NULL: an exchange that we don't know.
const struct message_rule *message_rule_find(uint8_t exchange, bool response);

#endif
