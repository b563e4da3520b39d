// Secrets as people give them: typed without being shown, or from a pipe or file; never on the command line.
#ifndef BULKHEAD_CTL_QUIET_INPUT_H
#define BULKHEAD_CTL_QUIET_INPUT_H

#include <sys/types.h>

#include "ctl/invocation.h"

// Reads stdin up to its end, or a line of a terminal, which is asked for with `prompt`. Not by stdio, whose buffer
// would keep a copy. The number of bytes, at most size; or -errno.
ssize_t quiet_input_read(const struct invocation *inv, const char *prompt, uint8_t *buffer, size_t size);

#define QUIET_INPUT_PASSPHRASE_MAX 1024

// A passphrase, without the newline behind it.
struct quiet_input {
    uint8_t *bytes; // secret_alloc; NULL: none
    size_t n;
};

// From --passphrase-file, else from stdin; on a terminal it is asked for, twice when it is a new one. False when that
// failed, which is said.
bool quiet_input_passphrase(const struct invocation *inv, bool is_new, struct quiet_input *ret_passphrase);
void quiet_input_done(struct quiet_input *passphrase);

#endif
