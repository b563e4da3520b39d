// `bulkhead roles`: the role table and the permission table of lib/priv as Markdown, for auditors and for the
// documentation. The same on every machine: users by name, uids as their rule.
#ifndef BULKHEAD_LAUNCHER_ROLE_REPORT_H
#define BULKHEAD_LAUNCHER_ROLE_REPORT_H

#include <stdio.h>

// 0, or -EIO when it can't be written.
int role_report_print(FILE *out);

#endif
