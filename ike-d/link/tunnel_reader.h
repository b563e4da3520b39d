// bulkhead.v1.Tunnel -> struct tunnel_config. api-d has validated it; whatever is wrong all the same is refused here.
#ifndef BULKHEAD_IKE_LINK_TUNNEL_READER_H
#define BULKHEAD_IKE_LINK_TUNNEL_READER_H

#include "bulkhead/v1/tunnel.pb-c.h"
#include "ike-d/sa/tunnel_config.h"

// -EINVAL with a text in ret_error, -ENOMEM. Free with tunnel_config_free.
int tunnel_reader_read(const Bulkhead__V1__Tunnel *message, struct tunnel_config **ret_config, char *ret_error,
                       unsigned error_size);
// Appends the policies of a continued page to a config that was read before. On failure it is as it was, or has some
// more.
int tunnel_reader_append(struct tunnel_config *config, const Bulkhead__V1__Tunnel *message, char *ret_error,
                         unsigned error_size);

#endif
