// The end of an SA that comes from what it carried: found out after each burst, told to ike-d once soft and once hard.
// Thread: worker.
#ifndef BULKHEAD_ESP_EXPIRE_H
#define BULKHEAD_ESP_EXPIRE_H

#include "esp-d/child.h"

// False: could not be queued; it is tried again with the next burst.
typedef bool expire_fn(void *arg, const struct child *child, const struct lifetime_end *end);

// Tells it unless it was told. At the hard end of bytes or packets neither direction carries anything any more.
void expire_tell(struct child *child, const struct lifetime_end *end, expire_fn *tell, void *arg);
// After a burst of one direction, when child->is_limited: `refused`, a packet did not fit any more.
void expire_check(struct child *child, enum cipher_direction direction, bool refused, expire_fn *tell, void *arg);

#endif
