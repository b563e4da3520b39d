// Who may use the API: root, and the members of one group.
#ifndef BULKHEAD_API_AUTHORIZE_H
#define BULKHEAD_API_AUTHORIZE_H

#include "api-d/http/exchange.h"

// This group, where the system has it, owns the API's socket beside root.
#define AUTHORIZE_GROUP "bulkhead-admin"

// Looks it up (NSS: before the sandbox). 0 when there is none.
gid_t authorize_find_group(void);
// Asks the kernel who has connected on `fd`. 0 or -errno.
int authorize_client(int fd, gid_t admin_gid, struct exchange_client *ret_client);

#endif
