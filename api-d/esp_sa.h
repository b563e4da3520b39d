// An SA as esp-d tells it, in the public API's words.
#ifndef BULKHEAD_API_ESP_SA_H
#define BULKHEAD_API_ESP_SA_H

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/v1/sa.pb-c.h"

// In the system's memory: bulkhead__v1__sa__free_unpacked(sa, NULL). NULL without memory.
Bulkhead__V1__Sa *esp_sa_to_public(const Bulkhead__Internal__V1__EspSa *sa);
// The counters alone, into sa->counters, which is made when it is not there.
void esp_sa_fill_counters(Bulkhead__V1__Sa *sa, const Bulkhead__Internal__V1__EspSaCounters *from);

#endif
