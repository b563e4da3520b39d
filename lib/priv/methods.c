// Who may ask what. A method that is not here does not exist; unknown or unpermitted ones cost the caller its
// connection.
#include <bulkhead/internal/v1/api_esp.pb-c.h>
#include <bulkhead/internal/v1/api_fw.pb-c.h>
#include <bulkhead/internal/v1/api_ike.pb-c.h>
#include <bulkhead/internal/v1/api_pki.pb-c.h>
#include <bulkhead/internal/v1/api_verifier.pb-c.h>
#include <bulkhead/internal/v1/courier.pb-c.h>
#include <bulkhead/internal/v1/ike_esp.pb-c.h>
#include <bulkhead/internal/v1/ike_pki.pb-c.h>
#include <bulkhead/internal/v1/ike_verifier.pb-c.h>
#include <bulkhead/internal/v1/ipc.pb-c.h>
#include <bulkhead/internal/v1/verifier_pki.pb-c.h>

#include "lib/priv/roles.h"

#define ID(method)    BULKHEAD__INTERNAL__V1__METHOD__METHOD_##method
#define TYPE(message) &bulkhead__internal__v1__##message##__descriptor
#define EMPTY         TYPE(empty)

#define CONFIGURED IPC_STATE_CONFIGURED

#define IKE      ROLE_BIT(ROLE_IKE)
#define ESP      ROLE_BIT(ROLE_ESP)
#define PKI      ROLE_BIT(ROLE_PKI)
#define API      ROLE_BIT(ROLE_API)
#define VERIFIER ROLE_BIT(ROLE_VERIFIER)
#define IMPORTER ROLE_BIT(ROLE_IMPORTER)
#define COURIER  ROLE_BIT(ROLE_COURIER)

// id, name, server, callers, state it needs, request, response, deadline in ms, descriptors
const struct ipc_method ipc_methods[] = {
    // clang-format off
    // ike-d -> esp-d
    {ID(ESP_ALLOCATE_SPI), "EspAllocateSpi", ROLE_ESP, IKE, 0,
     TYPE(esp_allocate_spi_request), TYPE(esp_allocate_spi_response), 2000, 0},
    {ID(ESP_INSTALL_SA), "EspInstallSa", ROLE_ESP, IKE, CONFIGURED, TYPE(esp_install_sa_request), EMPTY, 2000, 0},
    {ID(ESP_DELETE_SA), "EspDeleteSa", ROLE_ESP, IKE, 0, TYPE(esp_delete_sa_request), EMPTY, 2000, 0},
    {ID(ESP_SET_POLICIES), "EspSetPolicies", ROLE_ESP, IKE, 0, TYPE(esp_set_policies_request), EMPTY, 5000, 0},
    {ID(ESP_LIST_SAS), "EspListSas", ROLE_ESP, IKE | API, 0,
     TYPE(esp_list_sas_request), TYPE(esp_list_sas_response), 2000, 0},
    {ID(ESP_GET_CAPABILITIES), "EspGetCapabilities", ROLE_ESP, IKE, 0,
     TYPE(esp_get_capabilities_request), TYPE(esp_get_capabilities_response), 2000, 0},
    {ID(ESP_UPDATE_SA), "EspUpdateSa", ROLE_ESP, IKE, 0, TYPE(esp_update_sa_request), EMPTY, 2000, 0},
    {ID(ESP_LAST_INBOUND), "EspLastInbound", ROLE_ESP, IKE, 0,
     TYPE(esp_last_inbound_request), TYPE(esp_last_inbound_response), 2000, 0},
    {ID(ESP_SEND_DATAGRAM), "EspSendDatagram", ROLE_ESP, IKE, 0, TYPE(ike_datagram), NULL, 0, 0},
    // esp-d -> ike-d
    {ID(IKE_DATAGRAM), "IkeDatagram", ROLE_IKE, ESP, 0, TYPE(ike_datagram), NULL, 0, 0},
    {ID(IKE_ACQUIRE), "IkeAcquire", ROLE_IKE, ESP, CONFIGURED, TYPE(ike_acquire), NULL, 0, 0},
    {ID(IKE_EXPIRE), "IkeExpire", ROLE_IKE, ESP, 0, TYPE(ike_expire), NULL, 0, 0},
    {ID(IKE_ADDRESS_CHANGE), "IkeAddressChange", ROLE_IKE, ESP, 0, TYPE(ike_address_change), NULL, 0, 0},
    // ike-d -> pki-d
    {ID(PKI_PSK_SIGN), "PkiPskSign", ROLE_PKI, IKE, CONFIGURED,
     TYPE(pki_psk_sign_request), TYPE(pki_psk_sign_response), 5000, 0},
    {ID(PKI_PSK_VERIFY), "PkiPskVerify", ROLE_PKI, IKE, CONFIGURED,
     TYPE(pki_psk_verify_request), TYPE(pki_psk_verify_response), 5000, 0},
    {ID(PKI_MIX_PPK), "PkiMixPpk", ROLE_PKI, IKE, CONFIGURED,
     TYPE(pki_mix_ppk_request), TYPE(pki_mix_ppk_response), 5000, 0},
    {ID(PKI_GET_CREDENTIAL), "PkiGetCredential", ROLE_PKI, IKE, CONFIGURED,
     TYPE(pki_get_credential_request), TYPE(pki_get_credential_response), 5000, 0},
    {ID(PKI_SIGN), "PkiSign", ROLE_PKI, IKE, CONFIGURED, TYPE(pki_sign_request), TYPE(pki_sign_response), 5000, 0},
    {ID(PKI_MISSING_SECRETS), "PkiMissingSecrets", ROLE_PKI, IKE, CONFIGURED,
     TYPE(pki_missing_secrets_request), TYPE(pki_missing_secrets_response), 5000, 0},
    // pki-d -> ike-d
    {ID(IKE_SECRET_CHANGED), "IkeSecretChanged", ROLE_IKE, PKI, 0, TYPE(ike_secret_changed), NULL, 0, 0},
    // api-d -> ike-d
    {ID(IKE_CONFIGURE), "IkeConfigure", ROLE_IKE, API, 0, TYPE(ike_configure_request), EMPTY, 5000, 0},
    {ID(IKE_LIST_TUNNELS), "IkeListTunnels", ROLE_IKE, API, 0,
     TYPE(ike_list_tunnels_request), TYPE(ike_list_tunnels_response), 5000, 0},
    {ID(IKE_UP), "IkeUp", ROLE_IKE, API, CONFIGURED, TYPE(ike_up_request), TYPE(ike_up_response), 120000, 0},
    {ID(IKE_DOWN), "IkeDown", ROLE_IKE, API, CONFIGURED, TYPE(ike_down_request), TYPE(ike_down_response), 30000, 0},
    {ID(IKE_EXPLAIN), "IkeExplain", ROLE_IKE, API, 0, TYPE(ike_explain_request), TYPE(ike_explain_response), 5000, 0},
    {ID(IKE_REKEY), "IkeRekey", ROLE_IKE, API, CONFIGURED,
     TYPE(ike_rekey_request), TYPE(ike_rekey_response), 5000, 0},
    {ID(IKE_KEY_LOG), "IkeKeyLog", ROLE_IKE, API, 0, TYPE(ike_key_log_request), TYPE(ike_key_log_response), 5000, 0},
    {ID(IKE_LIST_UNKNOWN_PEERS), "IkeListUnknownPeers", ROLE_IKE, API, 0,
     TYPE(ike_list_unknown_peers_request), TYPE(ike_list_unknown_peers_response), 2000, 0},
    {ID(IKE_COUNTERS), "IkeCounters", ROLE_IKE, API, 0,
     TYPE(ike_counters_request), TYPE(ike_counters_response), 2000, 0},
    // ike-d -> api-d
    {ID(API_EVENT), "ApiEvent", ROLE_API, IKE, 0, TYPE(api_event), NULL, 0, 0},
    // api-d -> pki-d
    {ID(PKI_SET_SECRET), "PkiSetSecret", ROLE_PKI, API, 0, TYPE(pki_set_secret_request), EMPTY, 10000, 0},
    {ID(PKI_DELETE_SECRET), "PkiDeleteSecret", ROLE_PKI, API, 0, TYPE(pki_delete_secret_request), EMPTY, 10000, 0},
    {ID(PKI_LIST_SECRETS), "PkiListSecrets", ROLE_PKI, API, 0,
     TYPE(pki_list_secrets_request), TYPE(pki_list_secrets_response), 5000, 0},
    {ID(PKI_BIND_TUNNELS), "PkiBindTunnels", ROLE_PKI, API, 0, TYPE(pki_bind_tunnels_request), EMPTY, 5000, 0},
    {ID(PKI_CREATE_AUTHORITY), "PkiCreateAuthority", ROLE_PKI, API, 0,
     TYPE(pki_create_authority_request), TYPE(pki_create_authority_response), 60000, 0},
    {ID(PKI_ISSUE_CERTIFICATE), "PkiIssueCertificate", ROLE_PKI, API, 0,
     TYPE(pki_issue_certificate_request), TYPE(pki_issue_certificate_response), 60000, 0},
    {ID(PKI_SIGN_REQUEST), "PkiSignRequest", ROLE_PKI, API, 0,
     TYPE(pki_sign_request_request), TYPE(pki_sign_request_response), 5000, 0},
    {ID(PKI_LIST_CERTIFICATES), "PkiListCertificates", ROLE_PKI, API, 0,
     TYPE(pki_list_certificates_request), TYPE(pki_list_certificates_response), 5000, 0},
    {ID(PKI_GET_CERTIFICATE), "PkiGetCertificate", ROLE_PKI, API, 0,
     TYPE(pki_get_certificate_request), TYPE(pki_get_certificate_response), 5000, 0},
    {ID(PKI_RENEW_CERTIFICATE), "PkiRenewCertificate", ROLE_PKI, API, 0,
     TYPE(pki_renew_certificate_request), TYPE(pki_renew_certificate_response), 60000, 0},
    {ID(PKI_REVOKE_CERTIFICATE), "PkiRevokeCertificate", ROLE_PKI, API, 0,
     TYPE(pki_revoke_certificate_request), TYPE(pki_revoke_certificate_response), 5000, 0},
    {ID(PKI_DELETE_CERTIFICATE), "PkiDeleteCertificate", ROLE_PKI, API, 0,
     TYPE(pki_delete_certificate_request), TYPE(pki_delete_certificate_response), 5000, 0},
    {ID(PKI_EXPORT_CERTIFICATE), "PkiExportCertificate", ROLE_PKI, API, 0,
     TYPE(pki_export_certificate_request), TYPE(pki_export_certificate_response), 5000, 0},
    {ID(PKI_LINT_CERTIFICATE), "PkiLintCertificate", ROLE_PKI, API, 0,
     TYPE(pki_lint_certificate_request), TYPE(pki_lint_certificate_response), 5000, 0},
    {ID(PKI_LIST_AUDIT_RECORDS), "PkiListAuditRecords", ROLE_PKI, API, 0,
     TYPE(pki_list_audit_records_request), TYPE(pki_list_audit_records_response), 5000, 0},
    {ID(PKI_BACKUP), "PkiBackup", ROLE_PKI, API, 0, TYPE(pki_backup_request), TYPE(pki_backup_response), 5000, 0},
    {ID(PKI_RESTORE), "PkiRestore", ROLE_PKI, API, 0, TYPE(pki_restore_request), TYPE(pki_restore_response), 5000, 0},
    // api-d -> fw-d
    {ID(FW_CONFIGURE), "FwConfigure", ROLE_FW, API, 0, TYPE(fw_configure_request), EMPTY, 30000, 0},
    {ID(FW_STATUS), "FwStatus", ROLE_FW, API, 0, TYPE(fw_status_request), TYPE(fw_status_response), 5000, 0},
    {ID(FW_OVERVIEW), "FwOverview", ROLE_FW, API, 0,
     TYPE(fw_overview_request), TYPE(fw_overview_response), 5000, 0},
    {ID(FW_TUNNEL_COUNTERS), "FwTunnelCounters", ROLE_FW, API, 0,
     TYPE(fw_tunnel_counters_request), TYPE(fw_tunnel_counters_response), 10000, 0},
    // api-d -> esp-d
    {ID(ESP_COUNTERS), "EspCounters", ROLE_ESP, API, 0,
     TYPE(esp_counters_request), TYPE(esp_counters_response), 2000, 0},
    // ike-d -> verifier
    {ID(VERIFIER_VERIFY_PEER), "VerifierVerifyPeer", ROLE_VERIFIER, IKE, 0,
     TYPE(verifier_verify_peer_request), TYPE(verifier_verify_peer_response), 15000, 0},
    // api-d -> verifier
    {ID(VERIFIER_READ_REQUEST), "VerifierReadRequest", ROLE_VERIFIER, API, 0,
     TYPE(verifier_read_request_request), TYPE(verifier_read_request_response), 5000, 0},
    {ID(VERIFIER_LINT), "VerifierLint", ROLE_VERIFIER, API, 0,
     TYPE(verifier_lint_request), TYPE(verifier_lint_response), 5000, 0},
    // courier -> verifier
    {ID(VERIFIER_ANSWER_OCSP), "VerifierAnswerOcsp", ROLE_VERIFIER, COURIER, 0,
     TYPE(verifier_answer_ocsp_request), TYPE(verifier_answer_ocsp_response), 5000, 0},
    {ID(VERIFIER_GET_CRL), "VerifierGetCrl", ROLE_VERIFIER, COURIER, 0,
     TYPE(verifier_get_crl_request), TYPE(verifier_get_crl_response), 5000, 0},
    // verifier -> pki-d
    {ID(PKI_GET_TRUST), "PkiGetTrust", ROLE_PKI, VERIFIER, CONFIGURED,
     TYPE(pki_get_trust_request), TYPE(pki_get_trust_response), 5000, 0},
    {ID(PKI_GET_STATUS), "PkiGetStatus", ROLE_PKI, VERIFIER, 0,
     TYPE(pki_get_status_request), TYPE(pki_get_status_response), 5000, 0},
    {ID(PKI_SIGN_OCSP), "PkiSignOcsp", ROLE_PKI, VERIFIER, 0,
     TYPE(pki_sign_ocsp_request), TYPE(pki_sign_ocsp_response), 5000, 0},
    {ID(PKI_GET_CRL), "PkiGetCrl", ROLE_PKI, VERIFIER | API, 0,
     TYPE(pki_get_crl_request), TYPE(pki_get_crl_response), 5000, 0},
    // importer -> pki-d
    {ID(PKI_GET_AUTHORITY), "PkiGetAuthority", ROLE_PKI, IMPORTER, 0,
     TYPE(pki_get_authority_request), TYPE(pki_get_authority_response), 5000, 0},
    {ID(PKI_STORE_IMPORT), "PkiStoreImport", ROLE_PKI, IMPORTER, 0,
     TYPE(pki_store_import_request), TYPE(pki_store_import_response), 5000, 0},
    {ID(PKI_STORE_CRL), "PkiStoreCrl", ROLE_PKI, IMPORTER, 0, TYPE(pki_store_crl_request), EMPTY, 5000, 0},
    // api-d -> importer
    {ID(IMPORTER_IMPORT), "ImporterImport", ROLE_IMPORTER, API, 0,
     TYPE(importer_import_request), TYPE(importer_import_response), 15000, 0},
    {ID(IMPORTER_IMPORT_CRL), "ImporterImportCrl", ROLE_IMPORTER, API, 0,
     TYPE(importer_import_crl_request), TYPE(importer_import_crl_response), 15000, 0},
    // verifier, ike-d, api-d -> courier
    {ID(COURIER_FETCH), "CourierFetch", ROLE_COURIER, VERIFIER, CONFIGURED,
     TYPE(courier_fetch_request), TYPE(courier_fetch_response), 15000, 0},
    {ID(COURIER_RESOLVE), "CourierResolve", ROLE_COURIER, IKE, 0,
     TYPE(courier_resolve_request), TYPE(courier_resolve_response), 15000, 0},
    {ID(COURIER_CONFIGURE), "CourierConfigure", ROLE_COURIER, API, 0, TYPE(courier_configure_request), EMPTY, 5000, 0},
    {0},
    // clang-format on
};
