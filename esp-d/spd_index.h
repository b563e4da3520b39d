// Finding a policy among thousands: policies whose ends are prefixes of the same lengths stand in one hash table by
// these prefixes, so that a packet asks one table for each pair of lengths that occurs (tuple space search). Ranges
// that are no prefixes are walked. Built once, when a generation takes effect; read only from then on.
#ifndef BULKHEAD_ESP_SPD_INDEX_H
#define BULKHEAD_ESP_SPD_INDEX_H

#include "esp-d/spd.h"

struct spd_index;

// Of the first n policies. NULL without memory.
struct spd_index *spd_index_new(const struct policy *policies, unsigned n);
void spd_index_free(struct spd_index *index); // NULL is taken
// The first policy that matches, by its number; n: none does. Thread: worker.
unsigned spd_index_find(const struct spd_index *index, const struct policy *policies, const struct flow *flow,
                        enum filter_direction direction);

#endif
