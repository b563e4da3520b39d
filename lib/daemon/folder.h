// The daemon's folders: RUN/<role> for its socket, STATE/<role> for what it keeps.
#ifndef BULKHEAD_DAEMON_FOLDER_H
#define BULKHEAD_DAEMON_FOLDER_H

#include <sys/types.h>

// Makes `path` with its parents (mode 0755, ours); existing ones stay as they are. 0 or -errno.
int folder_make_path(const char *path);
// Makes `path`, or takes over an existing folder (no link), with that owner and mode. 0 or -errno.
int folder_make_owned(const char *path, uid_t uid, gid_t gid, mode_t mode);

// Whether the daemons' users can get through to `path`, and none of them could put something else in its place while
// root works there: 0; -EACCES: a folder on the way lacks o+x; -EPERM: one is writable for everybody (sticky ones are
// fine above `path`) or belongs to a daemon; -errno. On failure ret_at (PATH_MAX bytes) holds that folder.
int folder_check(const char *path, char *ret_at);

#endif
