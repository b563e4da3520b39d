// Tunnels' states as pages that fit a frame. A tunnel with many CHILD_SAs may go over several pages: its children and
// ESP SAs are parts, which are cut where a page ends.
#ifndef BULKHEAD_IKE_LINK_STATUS_PAGE_H
#define BULKHEAD_IKE_LINK_STATUS_PAGE_H

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "ike-d/sa/tunnel.h"

#define STATUS_PAGE_TUNNELS_MAX 256u

struct status_page {
    Bulkhead__Internal__V1__IkeListTunnelsResponse response;
    Bulkhead__V1__TunnelStatus *list[STATUS_PAGE_TUNNELS_MAX];
    Bulkhead__V1__TunnelStatus *whole[STATUS_PAGE_TUNNELS_MAX]; // owned, in the order of list
    Bulkhead__V1__TunnelStatus part;                            // of whole[0], when list[0] is not all of it
    size_t bytes;
    bool brief;   // of failures the cause and the sentence alone
    bool summary; // set after status_page_init: tunnel_status_summary_new of each
};

void status_page_init(struct status_page *page, bool brief);
// Adds the tunnel, without the first `skip` of its parts. False: the page is full, or there is no memory.
bool status_page_add(struct status_page *page, const struct tunnel *tunnel, size_t skip);
void status_page_done(struct status_page *page);

// A state that fits a frame by itself, without its parts if need be; NULL without memory. Free with free_unpacked.
Bulkhead__V1__TunnelStatus *status_page_single(const struct tunnel *tunnel);

#endif
