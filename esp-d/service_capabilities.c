// What ike-d may install here. Built from the ciphers' own table, so that what is offered to a peer is what runs.
#include "esp-d/service.h"

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "esp-d/esp.h"
#include "esp-d/service_algorithms.h"

// In the order that the message asks for. Returns how many.
static size_t list_suites(const struct cipher_choice *ciphers, Bulkhead__Internal__V1__EspSuite *suites,
                          Bulkhead__Internal__V1__EspSuite **list)
{
    size_t n = 0;

    for (unsigned i = 0; i < ciphers->rows_n; i++) {
        const struct cipher_choice_row *row = &ciphers->rows[i];

        if (!cipher_choice_of(ciphers, row))
            continue;
        bulkhead__internal__v1__esp_suite__init(&suites[n]);
        suites[n].encr = row->algorithm.encr;
        suites[n].key_bits = row->algorithm.key_bits;
        suites[n].integ = row->algorithm.integ;
        list[n] = &suites[n];
        n++;
    }
    return n;
}

void service_get_capabilities(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__EspGetCapabilitiesResponse r = BULKHEAD__INTERNAL__V1__ESP_GET_CAPABILITIES_RESPONSE__INIT;
    // IP protocol 50 needs raw sockets.
    Bulkhead__Internal__V1__EspEncapsulation encapsulations[] = {
        BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_UDP,
        BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE};
    Bulkhead__Internal__V1__EspMode modes[] = {BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TUNNEL,
                                               BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TRANSPORT};
    Bulkhead__Internal__V1__EspSuite suites[CIPHER_ALGORITHMS_MAX], *list[CIPHER_ALGORITHMS_MAX];
    const struct cipher_choice *ciphers = &esp_of(arg)->ciphers;
    struct service_algorithms algorithms;

    (void)message;
    r.suites = list;
    r.n_suites = list_suites(ciphers, suites, list);
    r.failed = algorithms.list;
    r.n_failed = service_algorithms_fill(&algorithms, ciphers, true);
    r.n_encapsulations = raw_has(&esp_of(arg)->lanes[0].raw, 4) ? 2 : 1;
    r.encapsulations = encapsulations;
    r.n_modes = sizeof(modes) / sizeof(modes[0]);
    r.modes = modes;
    r.esn = true;
    ipc_request_reply(request, &r.base);
}
