// Where the first desired state of a run comes from: `--config FILE`, or what was applied last
// (STATE/api-d/config.yaml).
//
// The file wins, except when the launcher starts api-d again after its death: what was applied meanwhile stays. A file
// that is wrong is reported line by line, and what was applied last runs on.
#ifndef BULKHEAD_API_CONFIG_SOURCE_H
#define BULKHEAD_API_CONFIG_SOURCE_H

#include "api-d/desired_state.h"

struct config_source {
    const char *file; // NULL: none was named
    struct buffer text;
    char run[64]; // the launcher's process id and start time; "" without one
};

// Reads them with privileges; `file` is lent. 0 or -errno.
int config_source_open(const char *file, struct config_source *ret_source);
// Chooses, logs and stores. 0, or -errno (logged) when there is no valid state to start with.
int config_source_choose(const struct config_source *source, const char *folder, struct desired_state **ret_state);
void config_source_done(struct config_source *source);

#endif
