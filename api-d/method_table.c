#include "api-d/method_table.h"

#include <string.h>

#include "api-d/services/services.h"

const struct method method_table[] = {
    {"/bulkhead.v1.ConfigService/ApplyConfig", &bulkhead__v1__apply_config_request__descriptor,
     &bulkhead__v1__apply_config_response__descriptor, false, config_service_apply_config},
    {"/bulkhead.v1.ConfigService/GetConfig", &bulkhead__v1__get_config_request__descriptor,
     &bulkhead__v1__get_config_response__descriptor, true, config_service_get_config},
    {"/bulkhead.v1.EventService/ListEvents", &bulkhead__v1__list_events_request__descriptor,
     &bulkhead__v1__list_events_response__descriptor, true, event_service_list_events},
    {"/bulkhead.v1.PeerService/ListUnknownPeers", &bulkhead__v1__list_unknown_peers_request__descriptor,
     &bulkhead__v1__list_unknown_peers_response__descriptor, true, peer_service_list_unknown_peers},
    {"/bulkhead.v1.SaService/ListSas", &bulkhead__v1__list_sas_request__descriptor,
     &bulkhead__v1__list_sas_response__descriptor, true, sa_service_list_sas},
    {"/bulkhead.v1.SecretService/DeleteSecret", &bulkhead__v1__delete_secret_request__descriptor,
     &bulkhead__v1__delete_secret_response__descriptor, false, secret_service_delete_secret},
    {"/bulkhead.v1.SecretService/ListSecrets", &bulkhead__v1__list_secrets_request__descriptor,
     &bulkhead__v1__list_secrets_response__descriptor, true, secret_service_list_secrets},
    {"/bulkhead.v1.SecretService/SetSecret", &bulkhead__v1__set_secret_request__descriptor,
     &bulkhead__v1__set_secret_response__descriptor, false, secret_service_set_secret},
    {"/bulkhead.v1.SystemService/GetStatus", &bulkhead__v1__get_status_request__descriptor,
     &bulkhead__v1__get_status_response__descriptor, true, system_service_get_status},
    {"/bulkhead.v1.SystemService/GetVersion", &bulkhead__v1__get_version_request__descriptor,
     &bulkhead__v1__get_version_response__descriptor, true, system_service_get_version},
    {"/bulkhead.v1.TunnelService/DownTunnel", &bulkhead__v1__down_tunnel_request__descriptor,
     &bulkhead__v1__down_tunnel_response__descriptor, false, tunnel_service_down_tunnel},
    {"/bulkhead.v1.TunnelService/ExplainTunnel", &bulkhead__v1__explain_tunnel_request__descriptor,
     &bulkhead__v1__explain_tunnel_response__descriptor, true, tunnel_service_explain_tunnel},
    {"/bulkhead.v1.TunnelService/GetTunnel", &bulkhead__v1__get_tunnel_request__descriptor,
     &bulkhead__v1__get_tunnel_response__descriptor, true, tunnel_service_get_tunnel},
    {"/bulkhead.v1.TunnelService/ListTunnels", &bulkhead__v1__list_tunnels_request__descriptor,
     &bulkhead__v1__list_tunnels_response__descriptor, true, tunnel_service_list_tunnels},
    {"/bulkhead.v1.TunnelService/ReadKeyLog", &bulkhead__v1__read_key_log_request__descriptor,
     &bulkhead__v1__read_key_log_response__descriptor, false, tunnel_service_read_key_log},
    {"/bulkhead.v1.TunnelService/RekeyTunnel", &bulkhead__v1__rekey_tunnel_request__descriptor,
     &bulkhead__v1__rekey_tunnel_response__descriptor, false, tunnel_service_rekey_tunnel},
    {"/bulkhead.v1.TunnelService/StartKeyLog", &bulkhead__v1__start_key_log_request__descriptor,
     &bulkhead__v1__start_key_log_response__descriptor, false, tunnel_service_start_key_log},
    {"/bulkhead.v1.TunnelService/StopKeyLog", &bulkhead__v1__stop_key_log_request__descriptor,
     &bulkhead__v1__stop_key_log_response__descriptor, false, tunnel_service_stop_key_log},
    {"/bulkhead.v1.TunnelService/UpTunnel", &bulkhead__v1__up_tunnel_request__descriptor,
     &bulkhead__v1__up_tunnel_response__descriptor, false, tunnel_service_up_tunnel},
    {0},
};

const struct method *method_find(const struct method *table, struct bytes path)
{
    for (; table->path; table++)
        if (strlen(table->path) == path.n && !memcmp(table->path, path.p, path.n))
            return table;
    return NULL;
}
