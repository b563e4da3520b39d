// bhctl tunnels rekey.
#include "ctl/command.h"

#include <string.h>

#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "lib/schema/wiping.h"

static bool read_target(const char *word, Bulkhead__V1__RekeyTarget *ret_target)
{
    if (!word)
        *ret_target = BULKHEAD__V1__REKEY_TARGET__REKEY_TARGET_UNSPECIFIED;
    else if (!strcmp(word, "ike"))
        *ret_target = BULKHEAD__V1__REKEY_TARGET__REKEY_TARGET_IKE;
    else if (!strcmp(word, "child"))
        *ret_target = BULKHEAD__V1__REKEY_TARGET__REKEY_TARGET_CHILD;
    else
        return false;
    return true;
}

enum exit_code tunnels_rekey(const struct invocation *inv)
{
    Bulkhead__V1__RekeyTunnelRequest request = BULKHEAD__V1__REKEY_TUNNEL_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    request.name = (char *)inv->arg[0];
    if (!read_target(inv->n_args > 1 ? inv->arg[1] : NULL, &request.target)) {
        invocation_complain(inv, "\"%.20s\" can't be rekeyed; write ike, child, or nothing for both", inv->arg[1]);
        return EXIT_USAGE;
    }
    code = invocation_call(inv, "TunnelService/RekeyTunnel", &request.base,
                           &bulkhead__v1__rekey_tunnel_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        fprintf(inv->out, "%s: rekey begun\n", inv->arg[0]);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}
