// Capabilities by name (capabilities(7)), for messages and tables.
#ifndef BULKHEAD_LAUNCHER_CAPABILITY_H
#define BULKHEAD_LAUNCHER_CAPABILITY_H

#define CAPABILITY_TEXT_MAX 32

// "CAP_NET_ADMIN"; those that the role table does not speak of by number. Returns out.
const char *capability_format(unsigned bit, char out[CAPABILITY_TEXT_MAX]);

#endif
