// Where a command writes a document: --to FILE, or stdout. A file is a new one, whole or not there at all, and for its
// owner alone if it holds a key.
#ifndef BULKHEAD_CTL_OUTPUT_FILE_H
#define BULKHEAD_CTL_OUTPUT_FILE_H

#include "ctl/invocation.h"

struct output_file {
    const char *path; // NULL: stdout
    int fd;
};

// Before the gateway is asked. False, said: the file is there already, or can't be made; or `is_binary` would go to a
// terminal.
bool output_file_open(const struct invocation *inv, bool is_secret, bool is_binary, struct output_file *ret_file);
// Writes all of it and closes. On failure, which is said, the file is gone.
enum exit_code output_file_write(const struct invocation *inv, struct output_file *file,
                                 const ProtobufCBinaryData *data);
// Instead: nothing to write after all.
void output_file_drop(struct output_file *file);

#endif
