// ike-d's side of the edge to esp-d: SPIs, SAs, policies, and what is sent from port 4500.
#ifndef BULKHEAD_IKE_LINK_ESP_CLIENT_H
#define BULKHEAD_IKE_LINK_ESP_CLIENT_H

#include "ike-d/sa/ike_env.h"

struct ike;

// An SA that esp-d has.
struct esp_listed {
    char tunnel[TUNNEL_NAME_MAX + 1];
    uint32_t spi_in;
};

// Fills in the esp_ functions; env->arg must be a struct ike.
void esp_client_fill(struct ike_env *env);
// The link is up or down, or the first configuration has come: sends the policies and reads esp-d's SAs when both are
// there.
void esp_client_on_link(struct ike *ike, bool up);
void esp_client_on_configured(struct ike *ike);
void esp_client_done(struct ike *ike);
// Sends an IKE message from port 4500.
void esp_client_send_datagram(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                              struct bytes message);

#endif
