// What ike-d and api-d may ask (internal/v1/ike_esp.proto, api_esp.proto).
#ifndef BULKHEAD_ESP_SERVICE_H
#define BULKHEAD_ESP_SERVICE_H

#include "bulkhead/internal/v1/ike_esp.pb-c.h"
#include "esp-d/esp.h"
#include "lib/ipc/node.h"

extern const struct ipc_handler service_handlers[];

// Handlers of SAs (service_sa.c), of their paths (service_path.c), of what there is to choose from
// (service_capabilities.c); the others are service.c's own. arg: the struct daemon.
ipc_handler_fn service_allocate_spi;
ipc_handler_fn service_update_sa;
ipc_handler_fn service_last_inbound;
ipc_handler_fn service_get_capabilities;
ipc_handler_fn service_install_sa;
ipc_handler_fn service_delete_sa;
ipc_handler_fn service_list_sas;

// How an SA of that address family is to go out, from a message. -EOPNOTSUPP: that can't be done here.
int service_read_encapsulation(const struct esp *esp, Bulkhead__Internal__V1__EspEncapsulation message, uint8_t family,
                               enum path_encapsulation *ret_encapsulation);

// Answers with the error that `err` (negative errno) stands for.
void service_fail(struct ipc_request *request, int err, const char *text);

#endif
