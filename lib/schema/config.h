// The configuration: reads the file's text and checks what the .proto files say beside the fields and can't express.
#ifndef BULKHEAD_SCHEMA_CONFIG_H
#define BULKHEAD_SCHEMA_CONFIG_H

#include "bulkhead/v1/config.pb-c.h"
#include "lib/core/bytes.h"
#include "lib/schema/mistake.h"
#include "lib/schema/tree.h"

// Both steps: YAML (schema/proto_yaml.h), then config_validate. Returns 0, -ENOMEM, -EFBIG, or -EINVAL with all
// mistakes, each with line and column, in *mistakes (mistakes->file is the name to print). Free the configuration with
// bulkhead__v1__config__free_unpacked(config, NULL). ret_tree may be NULL; else the tree is the caller's (tree_free): a
// list of warnings whose `tree` is set to it finds its places by mistake_add_at.
int config_decode(struct bytes yaml, struct mistakes *mistakes, Bulkhead__V1__Config **ret_config,
                  struct tree **ret_tree);

// Names, addresses, selectors, proposals, identities, durations, required fields, tunnels of the same name, policies of
// two tunnels that claim the same pair. Whether secrets exist is not its matter. Adds to *mistakes (with places from
// mistakes->tree when that is set); returns 0 or -EINVAL.
int config_validate(const Bulkhead__V1__Config *config, struct mistakes *mistakes);

// Is it 1-64 letters, digits, '-', '_' and '.' (names of tunnels, policies and secrets)?
bool config_is_name(const char *name);

#endif
