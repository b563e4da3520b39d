// A datagram as text, the way its receiver can read it.
#ifndef BULKHEAD_TESTS_DIALOGUE_WIRE_TEXT_H
#define BULKHEAD_TESTS_DIALOGUE_WIRE_TEXT_H

#include "ike-d/sa/ike_core.h"

#define WIRE_TEXT_MAX 512

char *wire_text(struct ike_core *core, struct bytes datagram, char out[WIRE_TEXT_MAX]);

#endif
