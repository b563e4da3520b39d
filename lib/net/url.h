// An http URL of a certificate's CRL or OCSP server (RFC 9110 4.2.1), as far as we follow one: no user, no fragment,
// nothing but printable ASCII.
#ifndef BULKHEAD_NET_URL_H
#define BULKHEAD_NET_URL_H

#include "lib/net/host_name.h"

#define URL_MAX_BYTES 1024

struct url {
    char host[HOST_NAME_MAX_BYTES + 1]; // a name, or an address without brackets
    uint16_t port;
    char authority[HOST_NAME_MAX_BYTES + 10]; // as the Host header has it
    char target[URL_MAX_BYTES + 2];           // path and query, "/" where there is none
};

// -EINVAL: not of this form; -EPROTONOSUPPORT: another scheme; -ENAMETOOLONG.
int url_parse(const char *text, struct url *ret_url);

#endif
