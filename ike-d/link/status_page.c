#include "ike-d/link/status_page.h"

#include "ike-d/link/tunnel_status.h"

// Of a frame's 64 KiB; a part takes at most a few KiB.
#define PAGE_BYTES 49152u
// A member's tag and length.
#define MEMBER_BYTES 6u

void status_page_init(struct status_page *page, bool brief)
{
    bulkhead__internal__v1__ike_list_tunnels_response__init(&page->response);
    page->response.tunnels = page->list;
    page->bytes = 0;
    page->brief = brief;
    page->summary = false;
}

void status_page_done(struct status_page *page)
{
    for (size_t i = 0; i < page->response.n_tunnels; i++) {
        bulkhead__v1__tunnel_status__free_unpacked(page->whole[i], NULL);
    }
    page->response.n_tunnels = 0;
}

// How many of the members from `first` on fit.
static size_t count_fitting(ProtobufCMessage *const *members, size_t n, size_t first, size_t *room)
{
    size_t fitting = 0;
    for (; first + fitting < n; fitting++) {
        size_t size = protobuf_c_message_get_packed_size(members[first + fitting]) + MEMBER_BYTES;
        if (size > *room) {
            *room = 0;
            break;
        }
        *room -= size;
    }
    return fitting;
}

// What of `whole` is behind the first `skip` parts and fits an empty page. Returns how many parts that page ends
// behind.
static size_t cut(const Bulkhead__V1__TunnelStatus *whole, size_t skip, Bulkhead__V1__TunnelStatus *ret_part)
{
    size_t children = skip < whole->n_children ? skip : whole->n_children;
    size_t sas = skip - children < whole->n_sas ? skip - children : whole->n_sas;
    if (skip) {
        bulkhead__v1__tunnel_status__init(ret_part);
        ret_part->name = whole->name;
    } else {
        *ret_part = *whole;
    }
    ret_part->n_children = ret_part->n_sas = 0;
    size_t fixed = bulkhead__v1__tunnel_status__get_packed_size(ret_part);
    size_t room = fixed < PAGE_BYTES ? PAGE_BYTES - fixed : 0;
    ret_part->children = whole->children + children;
    ret_part->n_children =
        count_fitting((ProtobufCMessage *const *)(void *)whole->children, whole->n_children, children, &room);
    ret_part->sas = whole->sas + sas;
    ret_part->n_sas = count_fitting((ProtobufCMessage *const *)(void *)whole->sas, whole->n_sas, sas, &room);
    return skip + ret_part->n_children + ret_part->n_sas;
}

static void put(struct status_page *page, Bulkhead__V1__TunnelStatus *whole, Bulkhead__V1__TunnelStatus *shown)
{
    page->bytes += bulkhead__v1__tunnel_status__get_packed_size(shown) + MEMBER_BYTES;
    page->whole[page->response.n_tunnels] = whole;
    page->list[page->response.n_tunnels++] = shown;
}

static Bulkhead__V1__TunnelStatus *status_of(const struct status_page *page, const struct tunnel *tunnel)
{
    if (page->summary) {
        return tunnel_status_summary_new(tunnel);
    }
    return page->brief ? tunnel_status_new_brief(tunnel) : tunnel_status_new(tunnel);
}

bool status_page_add(struct status_page *page, const struct tunnel *tunnel, size_t skip)
{
    Bulkhead__V1__TunnelStatus *whole = status_of(page, tunnel);
    if (!whole) {
        return false;
    }
    size_t bytes = bulkhead__v1__tunnel_status__get_packed_size(whole);
    bool first = page->response.n_tunnels == 0;
    if (!skip && page->bytes + bytes <= PAGE_BYTES && page->response.n_tunnels < STATUS_PAGE_TUNNELS_MAX) {
        put(page, whole, whole);
        return true;
    }
    if (!first) {
        page->response.more = true;
        bulkhead__v1__tunnel_status__free_unpacked(whole, NULL);
        return false;
    }
    size_t end = cut(whole, skip, &page->part);
    bool all = end >= whole->n_children + whole->n_sas || end == skip;
    put(page, whole, &page->part);
    page->response.continued = skip > 0;
    page->response.parts = all ? 0 : (uint32_t)end;
    page->response.more = !all;
    return all;
}

Bulkhead__V1__TunnelStatus *status_page_single(const struct tunnel *tunnel)
{
    Bulkhead__V1__TunnelStatus *status = tunnel_status_new(tunnel);
    if (!status || bulkhead__v1__tunnel_status__get_packed_size(status) <= PAGE_BYTES) {
        return status;
    }
    while (status->n_sas) {
        bulkhead__v1__sa__free_unpacked(status->sas[--status->n_sas], NULL);
    }
    while (status->n_children) {
        bulkhead__v1__child_status__free_unpacked(status->children[--status->n_children], NULL);
    }
    return status;
}
