// A file that the operator names, whole, in wiped memory: it may hold a key.
#ifndef BULKHEAD_CTL_INPUT_FILE_H
#define BULKHEAD_CTL_INPUT_FILE_H

#include "ctl/invocation.h"

struct input_file {
    uint8_t *bytes; // wiping_malloc
    size_t n;
};

// `path` may be - for stdin. False when it can't be read, is empty or longer than max, which is said.
bool input_file_read(const struct invocation *inv, const char *path, size_t max, struct input_file *ret_file);
void input_file_done(struct input_file *file);

#endif
