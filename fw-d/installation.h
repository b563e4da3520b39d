// Putting the table into the kernel: new maps in one transaction, the rules in a second one (fw-d/table.h), then the
// connections that were made under the old rules.
#ifndef BULKHEAD_FW_INSTALLATION_H
#define BULKHEAD_FW_INSTALLATION_H

#include "fw-d/firewall.h"

// Makes these policies stand; on success takes the list. As firewall_install.
int installation_put(struct firewall *firewall, struct policy *policies, size_t n, const struct tunnel_names *tunnels,
                     char *ret_error);
// Becomes the owner of the table that stands there; sets firewall->flags. 0 or -errno.
int installation_adopt(struct firewall *firewall);
// Removes the table and the connections that it had protected. 0 or -errno.
int installation_remove(struct firewall *firewall);

#endif
