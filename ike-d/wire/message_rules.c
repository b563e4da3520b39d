#include "ike-d/wire/message_rules.h"

#include <stddef.h>

// RFC 7296 appendix C. N, V and D are limited by the parser.
#define ANY 255

static const struct message_rule rules[] = {
    {EXCHANGE_IKE_SA_INIT,
     false,
     false,
     {{PAYLOAD_SA, 1, 1},
      {PAYLOAD_KE, 1, 1},
      {PAYLOAD_NONCE, 1, 1},
      {PAYLOAD_NOTIFY, 0, ANY},
      {PAYLOAD_VENDOR_ID, 0, ANY}}},
    {EXCHANGE_IKE_SA_INIT,
     true,
     false,
     {{PAYLOAD_SA, 1, 1},
      {PAYLOAD_KE, 1, 1},
      {PAYLOAD_NONCE, 1, 1},
      {PAYLOAD_CERTREQ, 0, ANY},
      {PAYLOAD_NOTIFY, 0, ANY},
      {PAYLOAD_VENDOR_ID, 0, ANY}}},
    // without SA and TS: no CHILD_SA (RFC 6023)
    {EXCHANGE_IKE_AUTH,
     false,
     true,
     {{PAYLOAD_IDI, 1, 1},
      {PAYLOAD_CERT, 0, ANY},
      {PAYLOAD_CERTREQ, 0, ANY},
      {PAYLOAD_IDR, 0, 1},
      {PAYLOAD_AUTH, 0, 1},
      {PAYLOAD_CP, 0, 1},
      {PAYLOAD_SA, 0, 1},
      {PAYLOAD_TSI, 0, 1},
      {PAYLOAD_TSR, 0, 1},
      {PAYLOAD_NOTIFY, 0, ANY},
      {PAYLOAD_VENDOR_ID, 0, ANY}}},
    {EXCHANGE_IKE_AUTH,
     true,
     true,
     {{PAYLOAD_IDR, 1, 1},
      {PAYLOAD_CERT, 0, ANY},
      {PAYLOAD_AUTH, 1, 1},
      {PAYLOAD_CP, 0, 1},
      {PAYLOAD_SA, 0, 1},
      {PAYLOAD_TSI, 0, 1},
      {PAYLOAD_TSR, 0, 1},
      {PAYLOAD_NOTIFY, 0, ANY},
      {PAYLOAD_VENDOR_ID, 0, ANY}}},
    // for a child SA with TS, for an IKE SA without
    {EXCHANGE_CREATE_CHILD_SA,
     false,
     true,
     {{PAYLOAD_SA, 1, 1},
      {PAYLOAD_NONCE, 1, 1},
      {PAYLOAD_KE, 0, 1},
      {PAYLOAD_TSI, 0, 1},
      {PAYLOAD_TSR, 0, 1},
      {PAYLOAD_NOTIFY, 0, ANY},
      {PAYLOAD_VENDOR_ID, 0, ANY}}},
    {EXCHANGE_CREATE_CHILD_SA,
     true,
     true,
     {{PAYLOAD_SA, 1, 1},
      {PAYLOAD_NONCE, 1, 1},
      {PAYLOAD_KE, 0, 1},
      {PAYLOAD_TSI, 0, 1},
      {PAYLOAD_TSR, 0, 1},
      {PAYLOAD_NOTIFY, 0, ANY},
      {PAYLOAD_VENDOR_ID, 0, ANY}}},
    {EXCHANGE_INFORMATIONAL,
     false,
     true,
     {{PAYLOAD_NOTIFY, 0, ANY}, {PAYLOAD_DELETE, 0, ANY}, {PAYLOAD_CP, 0, 1}, {PAYLOAD_VENDOR_ID, 0, ANY}}},
    {EXCHANGE_INFORMATIONAL,
     true,
     true,
     {{PAYLOAD_NOTIFY, 0, ANY}, {PAYLOAD_DELETE, 0, ANY}, {PAYLOAD_CP, 0, 1}, {PAYLOAD_VENDOR_ID, 0, ANY}}},
};

const struct message_rule *message_rule_find(uint8_t exchange, bool response)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].exchange == exchange && rules[i].response == response)
            return &rules[i];
    return NULL;
}
