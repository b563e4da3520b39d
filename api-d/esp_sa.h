// An SA as esp-d tells it, in the public API's words.
#ifndef BULKHEAD_API_ESP_SA_H
#define BULKHEAD_API_ESP_SA_H

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "bulkhead/v1/sa.pb-c.h"

// In the system's memory: bulkhead__v1__sa__free_unpacked(sa, NULL). NULL without memory.
Bulkhead__V1__Sa *esp_sa_to_public(const Bulkhead__Internal__V1__EspSa *sa);
// What esp-d alone knows of an SA that ike-d told: its counters, and how its packets look.
void esp_sa_complete(Bulkhead__V1__Sa *sa, const Bulkhead__Internal__V1__EspSa *from);

#endif
