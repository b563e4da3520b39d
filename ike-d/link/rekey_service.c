#include "ike-d/link/rekey_service.h"

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/exch/sa_expiry.h"
#include "ike-d/link/ike.h"
#include "ike-d/link/tunnel_status.h"
#include "ike-d/sa/tunnel.h"

#define ERROR(name) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name

static void replace_children(struct ike_sa *sa)
{
    for (struct child_sa *child = sa->children; child; child = child->next) {
        if (child->state == CHILD_SA_STATE_ESTABLISHED) {
            child->replace_wanted = true;
        }
    }
    for (struct child_sa *child = sa->children; child; child = child->next) {
        if (child->replace_wanted) { // the others follow one by one
            sa_expiry_replace_child(child);
            return;
        }
    }
}

// False: there is no IKE SA.
static bool replace(struct tunnel *tunnel, Bulkhead__V1__RekeyTarget target)
{
    struct ike_sa *next;
    bool any = false;
    for (struct ike_sa *sa = tunnel->sas; sa; sa = next) {
        next = sa->tunnel_next;
        if (!ike_sa_is_established(sa)) {
            continue;
        }
        any = true;
        if (target != BULKHEAD__V1__REKEY_TARGET__REKEY_TARGET_IKE) {
            replace_children(sa);
        }
        if (target != BULKHEAD__V1__REKEY_TARGET__REKEY_TARGET_CHILD) {
            sa_expiry_replace_ike(sa);
        }
    }
    return any;
}

void rekey_service_answer(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeRekeyRequest *rekey =
        (const Bulkhead__Internal__V1__IkeRekeyRequest *)(const void *)message;
    Bulkhead__Internal__V1__IkeRekeyResponse response;
    struct tunnel *tunnel = ike_core_find_tunnel(&ike_of(arg)->core, rekey->name);
    if (!tunnel) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "there is no tunnel of that name");
        return;
    }
    if (!replace(tunnel, rekey->target)) {
        ipc_request_fail(request, ERROR(FAILED_PRECONDITION), "the tunnel has no IKE SA that could be replaced");
        return;
    }
    bulkhead__internal__v1__ike_rekey_response__init(&response);
    response.tunnel = tunnel_status_new(tunnel);
    ipc_request_reply(request, &response.base);
    if (response.tunnel) {
        bulkhead__v1__tunnel_status__free_unpacked(response.tunnel, NULL);
    }
}
