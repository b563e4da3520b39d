// All that an operator asks the firewall for at once: what stands, its counters, and what is in its way.
#ifndef BULKHEAD_FW_OVERVIEW_H
#define BULKHEAD_FW_OVERVIEW_H

#include "bulkhead/internal/v1/api_fw.pb-c.h"

#include "fw-d/firewall.h"
#include "fw-d/survey.h"

#define OVERVIEW_FINDINGS_MAX (SURVEY_FINDINGS_MAX + FIREWALL_WARNINGS)

// The answer and what it points to; large, so not for the stack.
struct overview {
    Bulkhead__Internal__V1__FwOverviewResponse response;
    Bulkhead__V1__GetFirewallResponse firewall;
    struct table_maps maps;
    char *map_names[TABLE_MAPS_MAX];
    Bulkhead__V1__FirewallCounter counters[COUNTER_COUNT], *counter_pointers[COUNTER_COUNT];
    struct finding found[SURVEY_FINDINGS_MAX];
    Bulkhead__V1__FirewallFinding findings[OVERVIEW_FINDINGS_MAX], *finding_pointers[OVERVIEW_FINDINGS_MAX];
};

// It must be all zero, and stay where it is. 0 or -errno.
int overview_take(struct firewall *firewall, struct overview *overview);

#endif
