// Where the daemons' programs are: beside the launcher (a build tree), or in libexec (installed).
#ifndef BULKHEAD_LAUNCHER_PROGRAM_H
#define BULKHEAD_LAUNCHER_PROGRAM_H

#include <stddef.h>

// The folder that holds a program of that name, into out. -ENOENT, -ENAMETOOLONG.
int program_find_folder(const char *name, char *out, size_t out_size);

#endif
