// Who may ask what. A method that is not here does not exist; unknown or unpermitted ones cost the caller its
// connection.
#include <bulkhead/internal/v1/api_esp.pb-c.h>
#include <bulkhead/internal/v1/api_fw.pb-c.h>
#include <bulkhead/internal/v1/api_ike.pb-c.h>
#include <bulkhead/internal/v1/api_pki.pb-c.h>
#include <bulkhead/internal/v1/ike_esp.pb-c.h>
#include <bulkhead/internal/v1/ike_pki.pb-c.h>
#include <bulkhead/internal/v1/ipc.pb-c.h>

#include "lib/priv/roles.h"

#define ID(method)    BULKHEAD__INTERNAL__V1__METHOD__METHOD_##method
#define TYPE(message) &bulkhead__internal__v1__##message##__descriptor
#define EMPTY         TYPE(empty)

#define CONFIGURED IPC_STATE_CONFIGURED

#define IKE ROLE_BIT(ROLE_IKE)
#define ESP ROLE_BIT(ROLE_ESP)
#define PKI ROLE_BIT(ROLE_PKI)
#define API ROLE_BIT(ROLE_API)

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
    // api-d -> fw-d
    {ID(FW_CONFIGURE), "FwConfigure", ROLE_FW, API, 0, TYPE(fw_configure_request), EMPTY, 30000, 0},
    {ID(FW_STATUS), "FwStatus", ROLE_FW, API, 0, TYPE(fw_status_request), TYPE(fw_status_response), 5000, 0},
    // api-d -> esp-d
    {ID(ESP_COUNTERS), "EspCounters", ROLE_ESP, API, 0,
     TYPE(esp_counters_request), TYPE(esp_counters_response), 2000, 0},
    {0},
    // clang-format on
};
