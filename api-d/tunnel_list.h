// The state of tunnels, from ike-d page by page, with the counters of their SAs from esp-d. Without ike-d what is left
// is the SAs themselves, which esp-d goes on serving.
#ifndef BULKHEAD_API_TUNNEL_LIST_H
#define BULKHEAD_API_TUNNEL_LIST_H

#include "api-d/connect/connect_code.h"
#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "lib/ipc/node.h"

struct tunnel_list {
    enum connect_code ike_code; // CONNECT_OK: tunnels are complete
    enum connect_code esp_code; // CONNECT_OK: esp_sas are complete, and counters are filled in
    const char *ike_text;
    const char *esp_text;
    Bulkhead__V1__TunnelStatus **tunnels;
    size_t tunnels_n;
    Bulkhead__Internal__V1__EspSa **esp_sas; // by spi_in
    size_t esp_sas_n;
};
// The list is lent until it returns.
typedef void tunnel_list_fn(void *arg, const struct tunnel_list *list);

// All tunnels, or only `name` unless that is "". on_done is called once, later; without memory before this returns.
void tunnel_list_start(struct ipc_node *node, const char *name, uint32_t deadline_ms, tunnel_list_fn *on_done,
                       void *arg);
// The same of all tunnels as summaries (bulkhead.v1.ListTunnelsRequest), with their bytes_in and bytes_out.
void tunnel_list_start_summary(struct ipc_node *node, uint32_t deadline_ms, tunnel_list_fn *on_done, void *arg);
// Fills in the counters of `tunnel` from the list's SAs.
void tunnel_list_add_counters(const struct tunnel_list *list, Bulkhead__V1__TunnelStatus *tunnel);

#endif
