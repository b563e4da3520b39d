// The handlers of the public services, one file a service (services/tunnel.c ...). Each has the shape of
// method_handle_fn and answers its call once.
#ifndef BULKHEAD_API_SERVICES_SERVICES_H
#define BULKHEAD_API_SERVICES_SERVICES_H

#include "api-d/method_table.h"
#include "bulkhead/v1/certificate_service.pb-c.h"
#include "bulkhead/v1/config_service.pb-c.h"
#include "bulkhead/v1/event_service.pb-c.h"
#include "bulkhead/v1/firewall_service.pb-c.h"
#include "bulkhead/v1/peer_service.pb-c.h"
#include "bulkhead/v1/sa_service.pb-c.h"
#include "bulkhead/v1/secret_service.pb-c.h"
#include "bulkhead/v1/system_service.pb-c.h"
#include "bulkhead/v1/tunnel_service.pb-c.h"

void certificate_service_backup_store(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_create_authority(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_delete_certificate(struct api *api, struct connect_call *call,
                                            const ProtobufCMessage *request);
void certificate_service_export_certificate(struct api *api, struct connect_call *call,
                                            const ProtobufCMessage *request);
void certificate_service_get_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_get_crl(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_import_certificate(struct api *api, struct connect_call *call,
                                            const ProtobufCMessage *request);
void certificate_service_import_crl(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_issue_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_lint_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_list_audit_records(struct api *api, struct connect_call *call,
                                            const ProtobufCMessage *request);
void certificate_service_list_certificates(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_renew_certificate(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_restore_store(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void certificate_service_revoke_certificate(struct api *api, struct connect_call *call,
                                            const ProtobufCMessage *request);
void certificate_service_sign_certificate_request(struct api *api, struct connect_call *call,
                                                  const ProtobufCMessage *request);
void config_service_apply_config(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void config_service_get_config(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void event_service_list_events(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void firewall_service_get_firewall(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void firewall_service_list_tunnel_counters(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void peer_service_list_unknown_peers(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void sa_service_list_sas(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void secret_service_delete_secret(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void secret_service_list_secrets(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void secret_service_set_secret(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void system_service_get_status(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void system_service_get_version(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_down_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_rekey_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_explain_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_get_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_list_tunnels(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_read_key_log(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_start_key_log(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_stop_key_log(struct api *api, struct connect_call *call, const ProtobufCMessage *request);
void tunnel_service_up_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request);

// Checks a request of CertificateService; false: the call was ended with what is wrong.
bool certificate_service_check(struct connect_call *call, const ProtobufCMessage *request);

#endif
