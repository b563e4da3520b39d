// What ike-d may install here. Built from the ciphers' own table, so that what is offered to a peer is what runs.
#include "esp-d/service.h"

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "esp-d/cipher.h"

#define SUITES_MAX 64u

void service_get_capabilities(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__EspGetCapabilitiesResponse r = BULKHEAD__INTERNAL__V1__ESP_GET_CAPABILITIES_RESPONSE__INIT;
    // IP protocol 50 needs a raw socket.
    Bulkhead__Internal__V1__EspEncapsulation encapsulations[] = {
        BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_UDP};
    Bulkhead__Internal__V1__EspMode modes[] = {BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TUNNEL,
                                               BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TRANSPORT};
    Bulkhead__Internal__V1__EspSuite suite[SUITES_MAX], *list[SUITES_MAX];
    uint16_t encr, key_bits, integ;

    (void)arg;
    (void)message;
    for (unsigned i = 0; i < SUITES_MAX && cipher_suite_list(i, &encr, &key_bits, &integ); i++) {
        bulkhead__internal__v1__esp_suite__init(&suite[i]);
        suite[i].encr = encr;
        suite[i].key_bits = key_bits;
        suite[i].integ = integ;
        list[r.n_suites++] = &suite[i];
    }
    r.suites = list;
    r.n_encapsulations = sizeof(encapsulations) / sizeof(encapsulations[0]);
    r.encapsulations = encapsulations;
    r.n_modes = sizeof(modes) / sizeof(modes[0]);
    r.modes = modes;
    r.esn = true;
    ipc_request_reply(request, &r.base);
}
