// "Did you mean ...?"
#ifndef BULKHEAD_SCHEMA_SPELLING_H
#define BULKHEAD_SCHEMA_SPELLING_H

#include <stddef.h>

// How many letters must be added, removed, replaced or swapped with their neighbour to get from a to b; words longer
// than 63 letters count as far apart.
unsigned spelling_distance(const char *a, const char *b);
// Is b near enough to a to be what was meant?
int spelling_is_near(const char *a, const char *b);

#endif
